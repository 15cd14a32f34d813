define internal void @"forward.worker"(ptr %0, i64 %1, i64 %2) noinline nounwind
{
entry:
  %3 = getelementptr inbounds i64, ptr %0, i64 0
  %4 = load i64, ptr %3
  %5 = icmp eq i64 %2, %4
  %6 = getelementptr inbounds i64, ptr %0, i64 1
  %7 = load i64, ptr %6
  %8 = select i1 %5, i64 %7, i64 1
  %9 = getelementptr inbounds i64, ptr %0, i64 2
  %10 = load i64, ptr %9
  %11 = select i1 %5, i64 %10, i64 %2
  %12 = srem i64 %1, %8
  %13 = sdiv i64 %1, %8
  %14 = icmp sgt i64 %11, 1
  %15 = getelementptr inbounds i64, ptr %0, i64 8
  %16 = load i64, ptr %15
  %17 = getelementptr inbounds i64, ptr %0, i64 15
  %18 = load i64, ptr %17
  %19 = getelementptr inbounds i64, ptr %0, i64 6
  %20 = load i64, ptr %19
  %21 = getelementptr inbounds i64, ptr %0, i64 17
  %22 = load i64, ptr %21
  %23 = getelementptr inbounds i64, ptr %0, i64 7
  %24 = load i64, ptr %23
  %25 = icmp ne i64 %24, 0
  %26 = alloca <8 x float>, i32 12, align 32
  %27 = alloca ptr, i32 3
  %28 = alloca ptr, i32 3
  %29 = alloca ptr, i32 3
  %30 = alloca ptr, i32 3
  %31 = alloca ptr, i32 3
  %32 = getelementptr inbounds i64, ptr %0, i64 4
  %33 = load i64, ptr %32
  %34 = getelementptr inbounds i64, ptr %0, i64 5
  %35 = load i64, ptr %34
  %36 = icmp slt i64 %33, %35
  br i1 %36, label %"turn", label %"done"
turn:
  %37 = phi i64 [%33, %"entry"], [%38, %"done.1.endif"]
  %39 = sub i64 %20, 1
  %40 = sub i64 %39, %37
  %41 = select i1 %25, i64 %40, i64 %37
  %42 = icmp eq i64 %37, 0
  %43 = icmp eq i64 %37, %39
  %44 = sub i64 %41, 1
  %45 = add i64 %41, 1
  %46 = select i1 %25, i64 %45, i64 %44
  %47 = select i1 %42, i64 %41, i64 %46
  %48 = select i1 %25, i64 %44, i64 %45
  %49 = select i1 %43, i64 %41, i64 %48
  %50 = mul i64 %41, %16
  %51 = mul i64 %47, %16
  %52 = mul i64 %49, %16
  %53 = select i1 %42, i64 0, i64 %16
  %54 = select i1 %43, i64 0, i64 %16
  %55 = getelementptr inbounds i64, ptr %0, i64 16
  %56 = load i64, ptr %55
  %57 = mul i64 %56, %13
  %58 = sdiv i64 %57, %11
  %59 = add i64 %13, 1
  %60 = mul i64 %56, %59
  %61 = sdiv i64 %60, %11
  %62 = getelementptr inbounds i64, ptr %0, i64 10
  %63 = load i64, ptr %62
  %64 = icmp slt i64 %58, %61
  br i1 %64, label %"turn.1", label %"done.1"
done:
  ret void
turn.1:
  %65 = phi i64 [%58, %"turn"], [%66, %"tiled"]
  br label %"tiles"
done.1:
  br i1 %14, label %"done.1.if", label %"done.1.endif"
tiles:
  %67 = phi i64 [%12, %"turn.1"], [%68, %"next"]
  %69 = icmp slt i64 %67, %63
  br i1 %69, label %"rows", label %"tiled"
tile:
  %70 = sub i64 %71, %72
  %73 = icmp slt i64 0, %70
  br i1 %73, label %"turn.2", label %"done.2"
next:
  %68 = add i64 %67, %8
  br label %"tiles"
tiled:
  %66 = add i64 %65, 1
  %74 = icmp slt i64 %66, %61
  br i1 %74, label %"turn.1", label %"done.1"
rows:
  %75 = getelementptr inbounds i64, ptr %0, i64 9
  %76 = load ptr, ptr %75
  %77 = getelementptr inbounds i64, ptr %76, i64 %67
  %72 = load i64, ptr %77
  %78 = add i64 %67, 1
  %79 = getelementptr inbounds i64, ptr %0, i64 9
  %80 = load ptr, ptr %79
  %81 = getelementptr inbounds i64, ptr %80, i64 %78
  %71 = load i64, ptr %81
  %82 = icmp slt i64 %72, %71
  br i1 %82, label %"tile", label %"next"
turn.2:
  %83 = phi i64 [0, %"tile"], [%84, %"turn.2"]
  %85 = add i64 %72, %83
  %86 = getelementptr inbounds i64, ptr %0, i64 26
  %87 = load i64, ptr %86
  %88 = getelementptr inbounds i64, ptr %0, i64 25
  %89 = load i64, ptr %88
  %90 = mul i64 %41, %89
  %91 = getelementptr inbounds i64, ptr %0, i64 24
  %92 = load ptr, ptr %91
  %93 = mul i64 %85, %87
  %94 = add i64 %90, %93
  %95 = getelementptr inbounds float, ptr %92, i64 %94
  %96 = getelementptr inbounds ptr, ptr %27, i64 %83
  store ptr %95, ptr %96
  %97 = getelementptr inbounds i64, ptr %0, i64 22
  %98 = load i64, ptr %97
  %99 = getelementptr inbounds i64, ptr %0, i64 21
  %100 = load i64, ptr %99
  %101 = mul i64 %47, %100
  %102 = getelementptr inbounds i64, ptr %0, i64 20
  %103 = load ptr, ptr %102
  %104 = mul i64 %85, %98
  %105 = add i64 %101, %104
  %106 = getelementptr inbounds float, ptr %103, i64 %105
  %107 = getelementptr inbounds i64, ptr %0, i64 23
  %108 = load ptr, ptr %107
  %109 = mul i64 %85, %22
  %110 = getelementptr inbounds float, ptr %108, i64 %109
  %111 = icmp slt i64 %85, %53
  %112 = select i1 %111, ptr %106, ptr %110
  %113 = getelementptr inbounds ptr, ptr %29, i64 %83
  store ptr %112, ptr %113
  %114 = getelementptr inbounds ptr, ptr %28, i64 %83
  store ptr %112, ptr %114
  %115 = getelementptr inbounds i64, ptr %0, i64 32
  %116 = load ptr, ptr %115
  %117 = getelementptr inbounds i64, ptr %0, i64 19
  %118 = load i64, ptr %117
  %119 = mul i64 %51, %118
  %120 = add i64 %119, %85
  %121 = mul i64 %120, %18
  %122 = getelementptr inbounds float, ptr %116, i64 %121
  %123 = getelementptr inbounds i64, ptr %0, i64 33
  %124 = load ptr, ptr %123
  %125 = mul i64 %85, %18
  %126 = getelementptr inbounds float, ptr %124, i64 %125
  %127 = icmp slt i64 %85, %53
  %128 = select i1 %127, ptr %122, ptr %126
  %129 = getelementptr inbounds ptr, ptr %30, i64 %83
  store ptr %128, ptr %129
  %84 = add i64 %83, 1
  %130 = icmp slt i64 %84, %70
  br i1 %130, label %"turn.2", label %"done.2"
done.2:
  %131 = mul i64 %65, 8
  %132 = getelementptr inbounds i64, ptr %0, i64 27
  %133 = load ptr, ptr %132
  %134 = mul i64 %131, 4
  %135 = getelementptr inbounds float, ptr %133, i64 %134
  %136 = getelementptr inbounds i64, ptr %0, i64 18
  %137 = load i64, ptr %136
  %138 = getelementptr inbounds i64, ptr %0, i64 30
  %139 = load ptr, ptr %138
  %140 = mul i64 %131, 4
  %141 = mul i64 %140, %137
  %142 = getelementptr inbounds float, ptr %139, i64 %141
  %143 = getelementptr inbounds i64, ptr %0, i64 31
  %144 = load ptr, ptr %143
  %145 = mul i64 %131, 4
  %146 = mul i64 %145, %22
  %147 = getelementptr inbounds float, ptr %144, i64 %146
  switch i64 %70, label %"never" [i64 1, label %"rows1" i64 2, label %"rows2" i64 3, label %"rows3"]
summed:
  %148 = icmp slt i64 0, %70
  br i1 %148, label %"turn.3", label %"done.3"
never:
  unreachable
rows1:
  call void @"tile1"(<8 x float>* %26, ptr %135, ptr %27, ptr %142, i64 %137, ptr %28, ptr %147, i64 %22)
  br label %"summed"
rows2:
  call void @"tile2"(<8 x float>* %26, ptr %135, ptr %27, ptr %142, i64 %137, ptr %28, ptr %147, i64 %22)
  br label %"summed"
rows3:
  call void @"tile3"(<8 x float>* %26, ptr %135, ptr %27, ptr %142, i64 %137, ptr %28, ptr %147, i64 %22)
  br label %"summed"
turn.3:
  %149 = phi i64 [0, %"summed"], [%150, %"turn.3.endif"]
  %151 = mul i64 %65, 1
  %152 = add i64 %151, 0
  %153 = mul i64 %152, 8
  %154 = icmp slt i64 %153, %18
  br i1 %154, label %"turn.3.if", label %"turn.3.endif"
done.3:
  br label %"next"
turn.3.if:
  %155 = mul i64 %152, 8
  %156 = add i64 %72, %149
  %157 = add i64 %50, %156
  %158 = mul i64 %149, 4
  %159 = add i64 %158, 0
  %160 = mul i64 %159, 8
  %161 = getelementptr inbounds float, <8 x float>* %26, i64 %160
  %162 = load <8 x float>, <8 x float>* %161, align 4
  %163 = add i64 %158, 1
  %164 = mul i64 %163, 8
  %165 = getelementptr inbounds float, <8 x float>* %26, i64 %164
  %166 = load <8 x float>, <8 x float>* %165, align 4
  %167 = add i64 %158, 2
  %168 = mul i64 %167, 8
  %169 = getelementptr inbounds float, <8 x float>* %26, i64 %168
  %170 = load <8 x float>, <8 x float>* %169, align 4
  %171 = add i64 %158, 3
  %172 = mul i64 %171, 8
  %173 = getelementptr inbounds float, <8 x float>* %26, i64 %172
  %174 = load <8 x float>, <8 x float>* %173, align 4
  %175 = getelementptr inbounds ptr, ptr %30, i64 %149
  %176 = load ptr, ptr %175
  %177 = getelementptr inbounds float, ptr %176, i64 %155
  %178 = load <8 x float>, ptr %177, align 4
  %179 = fneg <8 x float> %174
  %180 = fcmp ogt <8 x float> %179, <float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000>
  %181 = select <8 x i1> %180, <8 x float> <float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000>, <8 x float> %179
  %182 = fcmp olt <8 x float> %181, <float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000>
  %183 = select <8 x i1> %182, <8 x float> <float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000>, <8 x float> %181
  %184 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %183, <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>)
  %185 = fsub <8 x float> %184, <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>
  %186 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %185, <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %183)
  %187 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %185, <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %186)
  %188 = bitcast <8 x float> %184 to <8 x i32>
  %189 = bitcast <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000> to <8 x i32>
  %190 = sub <8 x i32> %188, %189
  %191 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000>, <8 x float> %187, <8 x float> <float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000>)
  %192 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %191, <8 x float> %187, <8 x float> <float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000>)
  %193 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %192, <8 x float> %187, <8 x float> <float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000>)
  %194 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %193, <8 x float> %187, <8 x float> <float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000>)
  %195 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %194, <8 x float> %187, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %196 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %195, <8 x float> %187, <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %197 = fmul <8 x float> %187, %196
  %198 = fadd <8 x float> %197, <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %199 = add <8 x i32> %190, <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %200 = shl <8 x i32> %199, <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %201 = bitcast <8 x i32> %200 to <8 x float>
  %202 = fmul <8 x float> %198, %201
  %203 = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %202
  %204 = fdiv <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %203
  %205 = fneg <8 x float> %166
  %206 = fcmp ogt <8 x float> %205, <float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000>
  %207 = select <8 x i1> %206, <8 x float> <float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000>, <8 x float> %205
  %208 = fcmp olt <8 x float> %207, <float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000>
  %209 = select <8 x i1> %208, <8 x float> <float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000>, <8 x float> %207
  %210 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %209, <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>)
  %211 = fsub <8 x float> %210, <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>
  %212 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %211, <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %209)
  %213 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %211, <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %212)
  %214 = bitcast <8 x float> %210 to <8 x i32>
  %215 = bitcast <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000> to <8 x i32>
  %216 = sub <8 x i32> %214, %215
  %217 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000>, <8 x float> %213, <8 x float> <float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000>)
  %218 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %217, <8 x float> %213, <8 x float> <float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000>)
  %219 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %218, <8 x float> %213, <8 x float> <float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000>)
  %220 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %219, <8 x float> %213, <8 x float> <float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000>)
  %221 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %220, <8 x float> %213, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %222 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %221, <8 x float> %213, <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %223 = fmul <8 x float> %213, %222
  %224 = fadd <8 x float> %223, <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %225 = add <8 x i32> %216, <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %226 = shl <8 x i32> %225, <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %227 = bitcast <8 x i32> %226 to <8 x float>
  %228 = fmul <8 x float> %224, %227
  %229 = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %228
  %230 = fdiv <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %229
  %231 = fneg <8 x float> %162
  %232 = fcmp ogt <8 x float> %231, <float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000>
  %233 = select <8 x i1> %232, <8 x float> <float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000>, <8 x float> %231
  %234 = fcmp olt <8 x float> %233, <float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000>
  %235 = select <8 x i1> %234, <8 x float> <float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000>, <8 x float> %233
  %236 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %235, <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>)
  %237 = fsub <8 x float> %236, <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>
  %238 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %237, <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %235)
  %239 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %237, <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %238)
  %240 = bitcast <8 x float> %236 to <8 x i32>
  %241 = bitcast <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000> to <8 x i32>
  %242 = sub <8 x i32> %240, %241
  %243 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000>, <8 x float> %239, <8 x float> <float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000>)
  %244 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %243, <8 x float> %239, <8 x float> <float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000>)
  %245 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %244, <8 x float> %239, <8 x float> <float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000>)
  %246 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %245, <8 x float> %239, <8 x float> <float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000>)
  %247 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %246, <8 x float> %239, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %248 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %247, <8 x float> %239, <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %249 = fmul <8 x float> %239, %248
  %250 = fadd <8 x float> %249, <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %251 = add <8 x i32> %242, <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %252 = shl <8 x i32> %251, <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %253 = bitcast <8 x i32> %252 to <8 x float>
  %254 = fmul <8 x float> %250, %253
  %255 = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %254
  %256 = fdiv <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %255
  %257 = call <8 x float> @"llvm.fabs.v8f32"(<8 x float> %170)
  %258 = fcmp ogt <8 x float> %257, <float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000>
  %259 = select <8 x i1> %258, <8 x float> <float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000>, <8 x float> %257
  %260 = fadd <8 x float> %259, %259
  %261 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %260, <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>)
  %262 = fsub <8 x float> %261, <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>
  %263 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %262, <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %260)
  %264 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %262, <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %263)
  %265 = bitcast <8 x float> %261 to <8 x i32>
  %266 = bitcast <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000> to <8 x i32>
  %267 = sub <8 x i32> %265, %266
  %268 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000>, <8 x float> %264, <8 x float> <float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000>)
  %269 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %268, <8 x float> %264, <8 x float> <float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000>)
  %270 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %269, <8 x float> %264, <8 x float> <float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000>)
  %271 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %270, <8 x float> %264, <8 x float> <float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000>)
  %272 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %271, <8 x float> %264, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %273 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %272, <8 x float> %264, <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %274 = fmul <8 x float> %264, %273
  %275 = add <8 x i32> %267, <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %276 = shl <8 x i32> %275, <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %277 = bitcast <8 x i32> %276 to <8 x float>
  %278 = fsub <8 x float> %277, <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %279 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %277, <8 x float> %274, <8 x float> %278)
  %280 = fadd <8 x float> %279, <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %281 = fdiv <8 x float> %279, %280
  %282 = call <8 x float> @"llvm.copysign.v8f32"(<8 x float> %281, <8 x float> %170)
  %283 = fmul <8 x float> %256, %282
  %284 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %230, <8 x float> %178, <8 x float> %283)
  %285 = call <8 x float> @"llvm.fabs.v8f32"(<8 x float> %284)
  %286 = fcmp ogt <8 x float> %285, <float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000>
  %287 = select <8 x i1> %286, <8 x float> <float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000>, <8 x float> %285
  %288 = fadd <8 x float> %287, %287
  %289 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %288, <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>)
  %290 = fsub <8 x float> %289, <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>
  %291 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %290, <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %288)
  %292 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %290, <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %291)
  %293 = bitcast <8 x float> %289 to <8 x i32>
  %294 = bitcast <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000> to <8 x i32>
  %295 = sub <8 x i32> %293, %294
  %296 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000>, <8 x float> %292, <8 x float> <float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000>)
  %297 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %296, <8 x float> %292, <8 x float> <float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000>)
  %298 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %297, <8 x float> %292, <8 x float> <float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000>)
  %299 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %298, <8 x float> %292, <8 x float> <float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000>)
  %300 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %299, <8 x float> %292, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %301 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %300, <8 x float> %292, <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %302 = fmul <8 x float> %292, %301
  %303 = add <8 x i32> %295, <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %304 = shl <8 x i32> %303, <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %305 = bitcast <8 x i32> %304 to <8 x float>
  %306 = fsub <8 x float> %305, <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %307 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %305, <8 x float> %302, <8 x float> %306)
  %308 = fadd <8 x float> %307, <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %309 = fdiv <8 x float> %307, %308
  %310 = call <8 x float> @"llvm.copysign.v8f32"(<8 x float> %309, <8 x float> %284)
  %311 = fmul <8 x float> %204, %310
  %312 = getelementptr inbounds i64, ptr %0, i64 32
  %313 = load ptr, ptr %312
  %314 = getelementptr inbounds i64, ptr %0, i64 19
  %315 = load i64, ptr %314
  %316 = mul i64 %50, %315
  %317 = add i64 %316, %156
  %318 = mul i64 %317, %18
  %319 = add i64 %318, %155
  %320 = getelementptr inbounds float, ptr %313, i64 %319
  store <8 x float> %284, ptr %320, align 4
  %321 = getelementptr inbounds i64, ptr %0, i64 34
  %322 = load ptr, ptr %321
  %323 = mul i64 %157, %18
  %324 = add i64 %323, %155
  %325 = getelementptr inbounds float, ptr %322, i64 %324
  store <8 x float> %256, ptr %325, align 4
  %326 = getelementptr inbounds i64, ptr %0, i64 35
  %327 = load ptr, ptr %326
  %328 = mul i64 %157, %18
  %329 = add i64 %328, %155
  %330 = getelementptr inbounds float, ptr %327, i64 %329
  store <8 x float> %230, ptr %330, align 4
  %331 = getelementptr inbounds i64, ptr %0, i64 36
  %332 = load ptr, ptr %331
  %333 = mul i64 %157, %18
  %334 = add i64 %333, %155
  %335 = getelementptr inbounds float, ptr %332, i64 %334
  store <8 x float> %282, ptr %335, align 4
  %336 = getelementptr inbounds i64, ptr %0, i64 37
  %337 = load ptr, ptr %336
  %338 = mul i64 %157, %18
  %339 = add i64 %338, %155
  %340 = getelementptr inbounds float, ptr %337, i64 %339
  store <8 x float> %204, ptr %340, align 4
  %341 = getelementptr inbounds i64, ptr %0, i64 22
  %342 = load i64, ptr %341
  %343 = getelementptr inbounds i64, ptr %0, i64 21
  %344 = load i64, ptr %343
  %345 = mul i64 %41, %344
  %346 = getelementptr inbounds i64, ptr %0, i64 20
  %347 = load ptr, ptr %346
  %348 = mul i64 %156, %342
  %349 = add i64 %345, %348
  %350 = getelementptr inbounds float, ptr %347, i64 %349
  %351 = getelementptr inbounds float, ptr %350, i64 %155
  store <8 x float> %311, ptr %351, align 4
  br label %"turn.3.endif"
turn.3.endif:
  %150 = add i64 %149, 1
  %352 = icmp slt i64 %150, %70
  br i1 %352, label %"turn.3", label %"done.3"
done.1.if:
  %353 = getelementptr inbounds i64, ptr %0, i64 3
  %354 = load ptr, ptr %353
  call void @"barrier"(ptr %354, i64 %2)
  br label %"done.1.endif"
done.1.endif:
  %38 = add i64 %37, 1
  %355 = icmp slt i64 %38, %35
  br i1 %355, label %"turn", label %"done"
}
