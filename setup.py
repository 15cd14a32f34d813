"""Puts the committed results into the wheel; everything else is said in pyproject.toml."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithResults(build_py):
    """`softgate why` lists verdicts in an installed copy too, so it has the rows they follow from."""

    def run(self) -> None:
        """Build as usual, then copy `results/` into the package."""
        super().run()
        source = Path(__file__).parent / "results"
        if source.is_dir() and not self.editable_mode:
            self.copy_tree(str(source), str(Path(self.build_lib) / "softgate" / "results"))


setup(cmdclass={"build_py": WithResults})
