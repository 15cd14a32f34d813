"""The laboratory: experiments on cells that anyone can run again."""
