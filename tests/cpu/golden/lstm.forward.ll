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
  %158 = add i64 %50, %156
  %159 = mul i64 %149, 4
  %160 = add i64 %159, 0
  %161 = mul i64 %160, 8
  %162 = getelementptr inbounds float, <8 x float>* %26, i64 %161
  %163 = load <8 x float>, <8 x float>* %162, align 4
  %164 = add i64 %159, 1
  %165 = mul i64 %164, 8
  %166 = getelementptr inbounds float, <8 x float>* %26, i64 %165
  %167 = load <8 x float>, <8 x float>* %166, align 4
  %168 = add i64 %159, 2
  %169 = mul i64 %168, 8
  %170 = getelementptr inbounds float, <8 x float>* %26, i64 %169
  %171 = load <8 x float>, <8 x float>* %170, align 4
  %172 = add i64 %159, 3
  %173 = mul i64 %172, 8
  %174 = getelementptr inbounds float, <8 x float>* %26, i64 %173
  %175 = load <8 x float>, <8 x float>* %174, align 4
  %176 = getelementptr inbounds ptr, ptr %30, i64 %149
  %177 = load ptr, ptr %176
  %178 = getelementptr inbounds float, ptr %177, i64 %155
  %179 = load <8 x float>, ptr %178, align 4
  %180 = fneg <8 x float> %175
  %181 = fcmp ogt <8 x float> %180, <float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000>
  %182 = select <8 x i1> %181, <8 x float> <float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000>, <8 x float> %180
  %183 = fcmp olt <8 x float> %182, <float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000>
  %184 = select <8 x i1> %183, <8 x float> <float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000>, <8 x float> %182
  %185 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %184, <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>)
  %186 = fsub <8 x float> %185, <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>
  %187 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %186, <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %184)
  %188 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %186, <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %187)
  %189 = bitcast <8 x float> %185 to <8 x i32>
  %190 = bitcast <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000> to <8 x i32>
  %191 = sub <8 x i32> %189, %190
  %192 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000>, <8 x float> %188, <8 x float> <float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000>)
  %193 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %192, <8 x float> %188, <8 x float> <float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000>)
  %194 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %193, <8 x float> %188, <8 x float> <float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000>)
  %195 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %194, <8 x float> %188, <8 x float> <float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000>)
  %196 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %195, <8 x float> %188, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %197 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %196, <8 x float> %188, <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %198 = fmul <8 x float> %188, %197
  %199 = fadd <8 x float> %198, <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %200 = add <8 x i32> %191, <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %201 = shl <8 x i32> %200, <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %202 = bitcast <8 x i32> %201 to <8 x float>
  %203 = fmul <8 x float> %199, %202
  %204 = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %203
  %205 = fdiv <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %204
  %206 = fneg <8 x float> %167
  %207 = fcmp ogt <8 x float> %206, <float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000>
  %208 = select <8 x i1> %207, <8 x float> <float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000>, <8 x float> %206
  %209 = fcmp olt <8 x float> %208, <float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000>
  %210 = select <8 x i1> %209, <8 x float> <float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000>, <8 x float> %208
  %211 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %210, <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>)
  %212 = fsub <8 x float> %211, <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>
  %213 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %212, <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %210)
  %214 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %212, <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %213)
  %215 = bitcast <8 x float> %211 to <8 x i32>
  %216 = bitcast <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000> to <8 x i32>
  %217 = sub <8 x i32> %215, %216
  %218 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000>, <8 x float> %214, <8 x float> <float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000>)
  %219 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %218, <8 x float> %214, <8 x float> <float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000>)
  %220 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %219, <8 x float> %214, <8 x float> <float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000>)
  %221 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %220, <8 x float> %214, <8 x float> <float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000>)
  %222 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %221, <8 x float> %214, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %223 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %222, <8 x float> %214, <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %224 = fmul <8 x float> %214, %223
  %225 = fadd <8 x float> %224, <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %226 = add <8 x i32> %217, <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %227 = shl <8 x i32> %226, <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %228 = bitcast <8 x i32> %227 to <8 x float>
  %229 = fmul <8 x float> %225, %228
  %230 = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %229
  %231 = fdiv <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %230
  %232 = fneg <8 x float> %163
  %233 = fcmp ogt <8 x float> %232, <float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000>
  %234 = select <8 x i1> %233, <8 x float> <float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000, float 0x4056333340000000>, <8 x float> %232
  %235 = fcmp olt <8 x float> %234, <float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000>
  %236 = select <8 x i1> %235, <8 x float> <float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000, float 0xc055d33340000000>, <8 x float> %234
  %237 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %236, <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>)
  %238 = fsub <8 x float> %237, <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>
  %239 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %238, <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %236)
  %240 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %238, <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %239)
  %241 = bitcast <8 x float> %237 to <8 x i32>
  %242 = bitcast <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000> to <8 x i32>
  %243 = sub <8 x i32> %241, %242
  %244 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000>, <8 x float> %240, <8 x float> <float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000>)
  %245 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %244, <8 x float> %240, <8 x float> <float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000>)
  %246 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %245, <8 x float> %240, <8 x float> <float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000>)
  %247 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %246, <8 x float> %240, <8 x float> <float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000>)
  %248 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %247, <8 x float> %240, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %249 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %248, <8 x float> %240, <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %250 = fmul <8 x float> %240, %249
  %251 = fadd <8 x float> %250, <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %252 = add <8 x i32> %243, <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %253 = shl <8 x i32> %252, <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %254 = bitcast <8 x i32> %253 to <8 x float>
  %255 = fmul <8 x float> %251, %254
  %256 = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %255
  %257 = fdiv <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %256
  %258 = call <8 x float> @"llvm.fabs.v8f32"(<8 x float> %171)
  %259 = fcmp ogt <8 x float> %258, <float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000>
  %260 = select <8 x i1> %259, <8 x float> <float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000>, <8 x float> %258
  %261 = fadd <8 x float> %260, %260
  %262 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %261, <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>)
  %263 = fsub <8 x float> %262, <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>
  %264 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %263, <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %261)
  %265 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %263, <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %264)
  %266 = bitcast <8 x float> %262 to <8 x i32>
  %267 = bitcast <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000> to <8 x i32>
  %268 = sub <8 x i32> %266, %267
  %269 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000>, <8 x float> %265, <8 x float> <float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000>)
  %270 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %269, <8 x float> %265, <8 x float> <float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000>)
  %271 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %270, <8 x float> %265, <8 x float> <float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000>)
  %272 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %271, <8 x float> %265, <8 x float> <float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000>)
  %273 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %272, <8 x float> %265, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %274 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %273, <8 x float> %265, <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %275 = fmul <8 x float> %265, %274
  %276 = add <8 x i32> %268, <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %277 = shl <8 x i32> %276, <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %278 = bitcast <8 x i32> %277 to <8 x float>
  %279 = fsub <8 x float> %278, <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %280 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %278, <8 x float> %275, <8 x float> %279)
  %281 = fadd <8 x float> %280, <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %282 = fdiv <8 x float> %280, %281
  %283 = call <8 x float> @"llvm.copysign.v8f32"(<8 x float> %282, <8 x float> %171)
  %284 = fmul <8 x float> %257, %283
  %285 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %231, <8 x float> %179, <8 x float> %284)
  %286 = call <8 x float> @"llvm.fabs.v8f32"(<8 x float> %285)
  %287 = fcmp ogt <8 x float> %286, <float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000>
  %288 = select <8 x i1> %287, <8 x float> <float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000>, <8 x float> %286
  %289 = fadd <8 x float> %288, %288
  %290 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %289, <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>)
  %291 = fsub <8 x float> %290, <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>
  %292 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %291, <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %289)
  %293 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %291, <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %292)
  %294 = bitcast <8 x float> %290 to <8 x i32>
  %295 = bitcast <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000> to <8 x i32>
  %296 = sub <8 x i32> %294, %295
  %297 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000>, <8 x float> %293, <8 x float> <float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000>)
  %298 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %297, <8 x float> %293, <8 x float> <float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000>)
  %299 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %298, <8 x float> %293, <8 x float> <float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000>)
  %300 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %299, <8 x float> %293, <8 x float> <float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000>)
  %301 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %300, <8 x float> %293, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %302 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %301, <8 x float> %293, <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %303 = fmul <8 x float> %293, %302
  %304 = add <8 x i32> %296, <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %305 = shl <8 x i32> %304, <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %306 = bitcast <8 x i32> %305 to <8 x float>
  %307 = fsub <8 x float> %306, <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %308 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %306, <8 x float> %303, <8 x float> %307)
  %309 = fadd <8 x float> %308, <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %310 = fdiv <8 x float> %308, %309
  %311 = call <8 x float> @"llvm.copysign.v8f32"(<8 x float> %310, <8 x float> %285)
  %312 = fmul <8 x float> %205, %311
  %313 = getelementptr inbounds i64, ptr %0, i64 32
  %314 = load ptr, ptr %313
  %315 = getelementptr inbounds i64, ptr %0, i64 19
  %316 = load i64, ptr %315
  %317 = mul i64 %50, %316
  %318 = add i64 %317, %156
  %319 = mul i64 %318, %18
  %320 = add i64 %319, %155
  %321 = getelementptr inbounds float, ptr %314, i64 %320
  store <8 x float> %285, ptr %321, align 4
  %322 = getelementptr inbounds i64, ptr %0, i64 34
  %323 = load ptr, ptr %322
  %324 = mul i64 %157, %18
  %325 = add i64 %324, %155
  %326 = getelementptr inbounds float, ptr %323, i64 %325
  store <8 x float> %257, ptr %326, align 4
  %327 = getelementptr inbounds i64, ptr %0, i64 35
  %328 = load ptr, ptr %327
  %329 = mul i64 %157, %18
  %330 = add i64 %329, %155
  %331 = getelementptr inbounds float, ptr %328, i64 %330
  store <8 x float> %231, ptr %331, align 4
  %332 = getelementptr inbounds i64, ptr %0, i64 36
  %333 = load ptr, ptr %332
  %334 = mul i64 %157, %18
  %335 = add i64 %334, %155
  %336 = getelementptr inbounds float, ptr %333, i64 %335
  store <8 x float> %283, ptr %336, align 4
  %337 = getelementptr inbounds i64, ptr %0, i64 37
  %338 = load ptr, ptr %337
  %339 = mul i64 %157, %18
  %340 = add i64 %339, %155
  %341 = getelementptr inbounds float, ptr %338, i64 %340
  store <8 x float> %205, ptr %341, align 4
  %342 = getelementptr inbounds i64, ptr %0, i64 22
  %343 = load i64, ptr %342
  %344 = getelementptr inbounds i64, ptr %0, i64 21
  %345 = load i64, ptr %344
  %346 = mul i64 %41, %345
  %347 = getelementptr inbounds i64, ptr %0, i64 20
  %348 = load ptr, ptr %347
  %349 = mul i64 %156, %343
  %350 = add i64 %346, %349
  %351 = getelementptr inbounds float, ptr %348, i64 %350
  %352 = getelementptr inbounds float, ptr %351, i64 %155
  store <8 x float> %312, ptr %352, align 4
  br label %"turn.3.endif"
turn.3.endif:
  %150 = add i64 %149, 1
  %353 = icmp slt i64 %150, %70
  br i1 %353, label %"turn.3", label %"done.3"
done.1.if:
  %354 = getelementptr inbounds i64, ptr %0, i64 3
  %355 = load ptr, ptr %354
  call void @"barrier"(ptr %355, i64 %2)
  br label %"done.1.endif"
done.1.endif:
  %38 = add i64 %37, 1
  %356 = icmp slt i64 %38, %35
  br i1 %356, label %"turn", label %"done"
}
