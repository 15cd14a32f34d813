define internal void @"backward.worker"(ptr %0, i64 %1, i64 %2) noinline nounwind
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
  %27 = alloca ptr, i32 12
  %28 = getelementptr inbounds i64, ptr %0, i64 5
  %29 = load i64, ptr %28
  %30 = getelementptr inbounds i64, ptr %0, i64 4
  %31 = load i64, ptr %30
  %32 = sub i64 %29, %31
  %33 = icmp slt i64 0, %32
  br i1 %33, label %"turn", label %"done"
turn:
  %34 = phi i64 [0, %"entry"], [%35, %"done.1.endif"]
  %36 = getelementptr inbounds i64, ptr %0, i64 5
  %37 = load i64, ptr %36
  %38 = sub i64 %37, 1
  %39 = sub i64 %38, %34
  %40 = sub i64 %20, 1
  %41 = sub i64 %40, %39
  %42 = select i1 %25, i64 %41, i64 %39
  %43 = icmp eq i64 %39, 0
  %44 = icmp eq i64 %39, %40
  %45 = sub i64 %42, 1
  %46 = add i64 %42, 1
  %47 = select i1 %25, i64 %46, i64 %45
  %48 = select i1 %43, i64 %42, i64 %47
  %49 = select i1 %25, i64 %45, i64 %46
  %50 = select i1 %44, i64 %42, i64 %49
  %51 = mul i64 %42, %16
  %52 = mul i64 %48, %16
  %53 = mul i64 %50, %16
  %54 = select i1 %43, i64 0, i64 %16
  %55 = select i1 %44, i64 0, i64 %16
  %56 = getelementptr inbounds i64, ptr %0, i64 16
  %57 = load i64, ptr %56
  %58 = mul i64 %57, %13
  %59 = sdiv i64 %58, %11
  %60 = add i64 %13, 1
  %61 = mul i64 %57, %60
  %62 = sdiv i64 %61, %11
  %63 = getelementptr inbounds i64, ptr %0, i64 10
  %64 = load i64, ptr %63
  %65 = icmp slt i64 %59, %62
  br i1 %65, label %"turn.1", label %"done.1"
done:
  ret void
turn.1:
  %66 = phi i64 [%59, %"turn"], [%67, %"tiled"]
  br label %"tiles"
done.1:
  br i1 %14, label %"done.1.if", label %"done.1.endif"
tiles:
  %68 = phi i64 [%12, %"turn.1"], [%69, %"next"]
  %70 = icmp slt i64 %68, %64
  br i1 %70, label %"rows", label %"tiled"
tile:
  %71 = sub i64 %72, %73
  %74 = icmp slt i64 0, %71
  br i1 %74, label %"turn.2", label %"done.2"
next:
  %69 = add i64 %68, %8
  br label %"tiles"
tiled:
  %67 = add i64 %66, 1
  %75 = icmp slt i64 %67, %62
  br i1 %75, label %"turn.1", label %"done.1"
rows:
  %76 = getelementptr inbounds i64, ptr %0, i64 9
  %77 = load ptr, ptr %76
  %78 = getelementptr inbounds i64, ptr %77, i64 %68
  %73 = load i64, ptr %78
  %79 = add i64 %68, 1
  %80 = getelementptr inbounds i64, ptr %0, i64 9
  %81 = load ptr, ptr %80
  %82 = getelementptr inbounds i64, ptr %81, i64 %79
  %72 = load i64, ptr %82
  %83 = icmp slt i64 %73, %72
  br i1 %83, label %"tile", label %"next"
turn.2:
  %84 = phi i64 [0, %"tile"], [%85, %"turn.2"]
  %86 = add i64 %73, %84
  %87 = add i64 %53, %86
  %88 = getelementptr inbounds i64, ptr %0, i64 25
  %89 = load i64, ptr %88
  %90 = mul i64 %87, %89
  %91 = getelementptr inbounds i64, ptr %0, i64 24
  %92 = load ptr, ptr %91
  %93 = getelementptr inbounds i64, ptr %0, i64 37
  %94 = load i64, ptr %93
  %95 = add i64 %90, %94
  %96 = getelementptr inbounds float, ptr %92, i64 %95
  %97 = getelementptr inbounds ptr, ptr %27, i64 %84
  store ptr %96, ptr %97
  %85 = add i64 %84, 1
  %98 = icmp slt i64 %85, %71
  br i1 %98, label %"turn.2", label %"done.2"
done.2:
  %99 = getelementptr inbounds i64, ptr %0, i64 36
  %100 = load i64, ptr %99
  %101 = select i1 %44, i64 0, i64 %100
  %102 = getelementptr inbounds i64, ptr %0, i64 38
  %103 = load ptr, ptr %102
  %104 = mul i64 %66, 8
  %105 = mul i64 %104, %100
  %106 = getelementptr inbounds float, ptr %103, i64 %105
  %107 = getelementptr inbounds i64, ptr %0, i64 14
  %108 = load ptr, ptr %107
  switch i64 %71, label %"never" [i64 1, label %"rows1" i64 2, label %"rows2" i64 3, label %"rows3" i64 4, label %"rows4" i64 5, label %"rows5" i64 6, label %"rows6" i64 7, label %"rows7" i64 8, label %"rows8" i64 9, label %"rows9" i64 10, label %"rows10" i64 11, label %"rows11" i64 12, label %"rows12"]
summed:
  %109 = icmp eq i64 %66, 0
  br i1 %109, label %"summed.if", label %"summed.endif"
never:
  unreachable
rows1:
  call void @"tile1"(<8 x float>* %26, ptr %108, ptr %27, ptr %106, i64 %101)
  br label %"summed"
rows2:
  call void @"tile2"(<8 x float>* %26, ptr %108, ptr %27, ptr %106, i64 %101)
  br label %"summed"
rows3:
  call void @"tile3"(<8 x float>* %26, ptr %108, ptr %27, ptr %106, i64 %101)
  br label %"summed"
rows4:
  call void @"tile4"(<8 x float>* %26, ptr %108, ptr %27, ptr %106, i64 %101)
  br label %"summed"
rows5:
  call void @"tile5"(<8 x float>* %26, ptr %108, ptr %27, ptr %106, i64 %101)
  br label %"summed"
rows6:
  call void @"tile6"(<8 x float>* %26, ptr %108, ptr %27, ptr %106, i64 %101)
  br label %"summed"
rows7:
  call void @"tile7"(<8 x float>* %26, ptr %108, ptr %27, ptr %106, i64 %101)
  br label %"summed"
rows8:
  call void @"tile8"(<8 x float>* %26, ptr %108, ptr %27, ptr %106, i64 %101)
  br label %"summed"
rows9:
  call void @"tile9"(<8 x float>* %26, ptr %108, ptr %27, ptr %106, i64 %101)
  br label %"summed"
rows10:
  call void @"tile10"(<8 x float>* %26, ptr %108, ptr %27, ptr %106, i64 %101)
  br label %"summed"
rows11:
  call void @"tile11"(<8 x float>* %26, ptr %108, ptr %27, ptr %106, i64 %101)
  br label %"summed"
rows12:
  call void @"tile12"(<8 x float>* %26, ptr %108, ptr %27, ptr %106, i64 %101)
  br label %"summed"
summed.if:
  %110 = icmp slt i64 0, %71
  br i1 %110, label %"turn.3", label %"done.3"
summed.endif:
  %111 = mul i64 %66, 1
  %112 = add i64 %111, 0
  %113 = mul i64 %112, 8
  %114 = icmp slt i64 %113, %18
  br i1 %114, label %"summed.endif.if", label %"summed.endif.endif"
turn.3:
  %115 = phi i64 [0, %"summed.if"], [%116, %"turn.3"]
  %117 = add i64 %73, %115
  %118 = add i64 %51, %117
  %119 = getelementptr inbounds i64, ptr %0, i64 31
  %120 = load i64, ptr %119
  %121 = getelementptr inbounds i64, ptr %0, i64 30
  %122 = load i64, ptr %121
  %123 = mul i64 %42, %122
  %124 = getelementptr inbounds i64, ptr %0, i64 29
  %125 = load ptr, ptr %124
  %126 = mul i64 %117, %120
  %127 = add i64 %123, %126
  %128 = getelementptr inbounds float, ptr %125, i64 %127
  %129 = getelementptr inbounds i64, ptr %0, i64 32
  %130 = load ptr, ptr %129
  %131 = getelementptr inbounds ptr, ptr %130, i64 %118
  store ptr %128, ptr %131
  %132 = getelementptr inbounds i64, ptr %0, i64 22
  %133 = load i64, ptr %132
  %134 = getelementptr inbounds i64, ptr %0, i64 21
  %135 = load i64, ptr %134
  %136 = mul i64 %48, %135
  %137 = getelementptr inbounds i64, ptr %0, i64 20
  %138 = load ptr, ptr %137
  %139 = mul i64 %117, %133
  %140 = add i64 %136, %139
  %141 = getelementptr inbounds float, ptr %138, i64 %140
  %142 = getelementptr inbounds i64, ptr %0, i64 23
  %143 = load ptr, ptr %142
  %144 = mul i64 %117, %22
  %145 = getelementptr inbounds float, ptr %143, i64 %144
  %146 = icmp slt i64 %117, %54
  %147 = select i1 %146, ptr %141, ptr %145
  %148 = getelementptr inbounds i64, ptr %0, i64 33
  %149 = load ptr, ptr %148
  %150 = getelementptr inbounds ptr, ptr %149, i64 %118
  store ptr %147, ptr %150
  %116 = add i64 %115, 1
  %151 = icmp slt i64 %116, %71
  br i1 %151, label %"turn.3", label %"done.3"
done.3:
  br label %"summed.endif"
summed.endif.if:
  %152 = mul i64 %112, 8
  %153 = icmp slt i64 0, %71
  br i1 %153, label %"turn.4", label %"done.4"
summed.endif.endif:
  br label %"next"
turn.4:
  %154 = phi i64 [0, %"summed.endif.if"], [%155, %"turn.4"]
  %156 = phi <8 x float> [<float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0>, %"summed.endif.if"], [%157, %"turn.4"]
  %158 = phi <8 x float> [<float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0>, %"summed.endif.if"], [%159, %"turn.4"]
  %160 = phi <8 x float> [<float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0>, %"summed.endif.if"], [%161, %"turn.4"]
  %162 = phi <8 x float> [<float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0>, %"summed.endif.if"], [%163, %"turn.4"]
  %164 = add i64 %73, %154
  %165 = add i64 %51, %164
  %166 = mul i64 %165, %18
  %167 = add i64 %166, %152
  %168 = getelementptr inbounds i64, ptr %0, i64 42
  %169 = load ptr, ptr %168
  %170 = mul i64 %164, %18
  %171 = getelementptr inbounds float, ptr %169, i64 %170
  %172 = getelementptr inbounds float, ptr %171, i64 %152
  %173 = load <8 x float>, ptr %172, align 4
  %174 = mul i64 %154, 1
  %175 = add i64 %174, 0
  %176 = mul i64 %175, 8
  %177 = getelementptr inbounds float, <8 x float>* %26, i64 %176
  %178 = load <8 x float>, <8 x float>* %177, align 4
  %179 = getelementptr inbounds i64, ptr %0, i64 28
  %180 = load i64, ptr %179
  %181 = getelementptr inbounds i64, ptr %0, i64 27
  %182 = load i64, ptr %181
  %183 = mul i64 %42, %182
  %184 = getelementptr inbounds i64, ptr %0, i64 26
  %185 = load ptr, ptr %184
  %186 = mul i64 %164, %180
  %187 = add i64 %183, %186
  %188 = getelementptr inbounds float, ptr %185, i64 %187
  %189 = getelementptr inbounds float, ptr %188, i64 %152
  %190 = load <8 x float>, ptr %189, align 4
  %191 = icmp sge i64 %164, %55
  %192 = getelementptr inbounds i64, ptr %0, i64 41
  %193 = load ptr, ptr %192
  %194 = mul i64 %164, %18
  %195 = getelementptr inbounds float, ptr %193, i64 %194
  %196 = getelementptr inbounds i64, ptr %0, i64 14
  %197 = load ptr, ptr %196
  %198 = select i1 %191, ptr %195, ptr %197
  %199 = getelementptr inbounds float, ptr %198, i64 %152
  %200 = load <8 x float>, ptr %199, align 4
  %201 = fadd <8 x float> %178, %190
  %202 = fadd <8 x float> %201, %200
  %203 = getelementptr inbounds i64, ptr %0, i64 39
  %204 = load ptr, ptr %203
  %205 = getelementptr inbounds i64, ptr %0, i64 19
  %206 = load i64, ptr %205
  %207 = mul i64 %52, %206
  %208 = add i64 %207, %164
  %209 = mul i64 %208, %18
  %210 = getelementptr inbounds float, ptr %204, i64 %209
  %211 = getelementptr inbounds i64, ptr %0, i64 40
  %212 = load ptr, ptr %211
  %213 = mul i64 %164, %18
  %214 = getelementptr inbounds float, ptr %212, i64 %213
  %215 = icmp slt i64 %164, %54
  %216 = select i1 %215, ptr %210, ptr %214
  %217 = getelementptr inbounds float, ptr %216, i64 %152
  %218 = load <8 x float>, ptr %217, align 4
  %219 = getelementptr inbounds i64, ptr %0, i64 44
  %220 = load ptr, ptr %219
  %221 = getelementptr inbounds float, ptr %220, i64 %167
  %222 = load <8 x float>, ptr %221, align 4
  %223 = getelementptr inbounds i64, ptr %0, i64 45
  %224 = load ptr, ptr %223
  %225 = getelementptr inbounds float, ptr %224, i64 %167
  %226 = load <8 x float>, ptr %225, align 4
  %227 = getelementptr inbounds i64, ptr %0, i64 43
  %228 = load ptr, ptr %227
  %229 = getelementptr inbounds float, ptr %228, i64 %167
  %230 = load <8 x float>, ptr %229, align 4
  %231 = getelementptr inbounds i64, ptr %0, i64 46
  %232 = load ptr, ptr %231
  %233 = getelementptr inbounds float, ptr %232, i64 %167
  %234 = load <8 x float>, ptr %233, align 4
  %235 = getelementptr inbounds i64, ptr %0, i64 39
  %236 = load ptr, ptr %235
  %237 = getelementptr inbounds float, ptr %236, i64 %167
  %238 = load <8 x float>, ptr %237, align 4
  %239 = fmul <8 x float> %202, %234
  %240 = call <8 x float> @"llvm.fabs.v8f32"(<8 x float> %238)
  %241 = fcmp ogt <8 x float> %240, <float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000>
  %242 = select <8 x i1> %241, <8 x float> <float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000>, <8 x float> %240
  %243 = fadd <8 x float> %242, %242
  %244 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %243, <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>)
  %245 = fsub <8 x float> %244, <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>
  %246 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %245, <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %243)
  %247 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %245, <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %246)
  %248 = bitcast <8 x float> %244 to <8 x i32>
  %249 = bitcast <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000> to <8 x i32>
  %250 = sub <8 x i32> %248, %249
  %251 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000>, <8 x float> %247, <8 x float> <float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000>)
  %252 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %251, <8 x float> %247, <8 x float> <float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000>)
  %253 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %252, <8 x float> %247, <8 x float> <float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000>)
  %254 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %253, <8 x float> %247, <8 x float> <float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000>)
  %255 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %254, <8 x float> %247, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %256 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %255, <8 x float> %247, <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %257 = fmul <8 x float> %247, %256
  %258 = add <8 x i32> %250, <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %259 = shl <8 x i32> %258, <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %260 = bitcast <8 x i32> %259 to <8 x float>
  %261 = fsub <8 x float> %260, <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %262 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %260, <8 x float> %257, <8 x float> %261)
  %263 = fadd <8 x float> %262, <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %264 = fdiv <8 x float> %262, %263
  %265 = call <8 x float> @"llvm.copysign.v8f32"(<8 x float> %264, <8 x float> %238)
  %266 = fneg <8 x float> %265
  %267 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %266, <8 x float> %265, <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %268 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %239, <8 x float> %267, <8 x float> %173)
  %269 = fmul <8 x float> %268, %226
  %270 = fsub <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %230
  %271 = fmul <8 x float> %230, %270
  %272 = fmul <8 x float> %269, %271
  %273 = fmul <8 x float> %268, %218
  %274 = fsub <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %222
  %275 = fmul <8 x float> %222, %274
  %276 = fmul <8 x float> %273, %275
  %277 = fmul <8 x float> %268, %230
  %278 = fneg <8 x float> %226
  %279 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %278, <8 x float> %226, <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %280 = fmul <8 x float> %277, %279
  %281 = fmul <8 x float> %202, %265
  %282 = fsub <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %234
  %283 = fmul <8 x float> %234, %282
  %284 = fmul <8 x float> %281, %283
  %285 = fmul <8 x float> %268, %222
  %286 = add i64 %51, %164
  %287 = getelementptr inbounds i64, ptr %0, i64 25
  %288 = load i64, ptr %287
  %289 = mul i64 %286, %288
  %290 = mul i64 0, %18
  %291 = add i64 %290, %152
  %292 = add i64 %289, %291
  %293 = getelementptr inbounds i64, ptr %0, i64 24
  %294 = load ptr, ptr %293
  %295 = getelementptr inbounds float, ptr %294, i64 %292
  store <8 x float> %272, ptr %295, align 4
  %296 = add i64 %51, %164
  %297 = getelementptr inbounds i64, ptr %0, i64 25
  %298 = load i64, ptr %297
  %299 = mul i64 %296, %298
  %300 = mul i64 1, %18
  %301 = add i64 %300, %152
  %302 = add i64 %299, %301
  %303 = getelementptr inbounds i64, ptr %0, i64 24
  %304 = load ptr, ptr %303
  %305 = getelementptr inbounds float, ptr %304, i64 %302
  store <8 x float> %276, ptr %305, align 4
  %306 = add i64 %51, %164
  %307 = getelementptr inbounds i64, ptr %0, i64 25
  %308 = load i64, ptr %307
  %309 = mul i64 %306, %308
  %310 = mul i64 2, %18
  %311 = add i64 %310, %152
  %312 = add i64 %309, %311
  %313 = getelementptr inbounds i64, ptr %0, i64 24
  %314 = load ptr, ptr %313
  %315 = getelementptr inbounds float, ptr %314, i64 %312
  store <8 x float> %280, ptr %315, align 4
  %316 = add i64 %51, %164
  %317 = getelementptr inbounds i64, ptr %0, i64 25
  %318 = load i64, ptr %317
  %319 = mul i64 %316, %318
  %320 = mul i64 3, %18
  %321 = add i64 %320, %152
  %322 = add i64 %319, %321
  %323 = getelementptr inbounds i64, ptr %0, i64 24
  %324 = load ptr, ptr %323
  %325 = getelementptr inbounds float, ptr %324, i64 %322
  store <8 x float> %284, ptr %325, align 4
  %326 = getelementptr inbounds i64, ptr %0, i64 42
  %327 = load ptr, ptr %326
  %328 = mul i64 %164, %18
  %329 = add i64 %328, %152
  %330 = getelementptr inbounds float, ptr %327, i64 %329
  store <8 x float> %285, ptr %330, align 4
  %157 = fadd <8 x float> %156, %272
  %159 = fadd <8 x float> %158, %276
  %161 = fadd <8 x float> %160, %280
  %163 = fadd <8 x float> %162, %284
  %155 = add i64 %154, 1
  %331 = icmp slt i64 %155, %71
  br i1 %331, label %"turn.4", label %"done.4"
done.4:
  %332 = phi <8 x float> [<float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0>, %"summed.endif.if"], [%157, %"turn.4"]
  %333 = phi <8 x float> [<float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0>, %"summed.endif.if"], [%159, %"turn.4"]
  %334 = phi <8 x float> [<float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0>, %"summed.endif.if"], [%161, %"turn.4"]
  %335 = phi <8 x float> [<float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0>, %"summed.endif.if"], [%163, %"turn.4"]
  %336 = getelementptr inbounds i64, ptr %0, i64 35
  %337 = load i64, ptr %336
  %338 = mul i64 8, %337
  %339 = mul i64 %1, %338
  %340 = add i64 %339, %152
  %341 = getelementptr inbounds i64, ptr %0, i64 34
  %342 = load ptr, ptr %341
  %343 = getelementptr inbounds i64, ptr %0, i64 35
  %344 = load i64, ptr %343
  %345 = mul i64 0, %344
  %346 = add i64 %340, %345
  %347 = getelementptr inbounds float, ptr %342, i64 %346
  %348 = getelementptr inbounds i64, ptr %0, i64 34
  %349 = load ptr, ptr %348
  %350 = getelementptr inbounds i64, ptr %0, i64 35
  %351 = load i64, ptr %350
  %352 = mul i64 4, %351
  %353 = add i64 %340, %352
  %354 = getelementptr inbounds float, ptr %349, i64 %353
  %355 = load <8 x float>, ptr %347, align 4
  %356 = load <8 x float>, ptr %354, align 4
  %357 = fsub <8 x float> %332, %356
  %358 = fadd <8 x float> %355, %357
  %359 = fsub <8 x float> %358, %355
  %360 = fsub <8 x float> %359, %357
  store <8 x float> %360, ptr %354, align 4
  store <8 x float> %358, ptr %347, align 4
  %361 = add i64 %339, %152
  %362 = getelementptr inbounds i64, ptr %0, i64 34
  %363 = load ptr, ptr %362
  %364 = getelementptr inbounds i64, ptr %0, i64 35
  %365 = load i64, ptr %364
  %366 = mul i64 1, %365
  %367 = add i64 %361, %366
  %368 = getelementptr inbounds float, ptr %363, i64 %367
  %369 = getelementptr inbounds i64, ptr %0, i64 34
  %370 = load ptr, ptr %369
  %371 = getelementptr inbounds i64, ptr %0, i64 35
  %372 = load i64, ptr %371
  %373 = mul i64 5, %372
  %374 = add i64 %361, %373
  %375 = getelementptr inbounds float, ptr %370, i64 %374
  %376 = load <8 x float>, ptr %368, align 4
  %377 = load <8 x float>, ptr %375, align 4
  %378 = fsub <8 x float> %333, %377
  %379 = fadd <8 x float> %376, %378
  %380 = fsub <8 x float> %379, %376
  %381 = fsub <8 x float> %380, %378
  store <8 x float> %381, ptr %375, align 4
  store <8 x float> %379, ptr %368, align 4
  %382 = add i64 %339, %152
  %383 = getelementptr inbounds i64, ptr %0, i64 34
  %384 = load ptr, ptr %383
  %385 = getelementptr inbounds i64, ptr %0, i64 35
  %386 = load i64, ptr %385
  %387 = mul i64 2, %386
  %388 = add i64 %382, %387
  %389 = getelementptr inbounds float, ptr %384, i64 %388
  %390 = getelementptr inbounds i64, ptr %0, i64 34
  %391 = load ptr, ptr %390
  %392 = getelementptr inbounds i64, ptr %0, i64 35
  %393 = load i64, ptr %392
  %394 = mul i64 6, %393
  %395 = add i64 %382, %394
  %396 = getelementptr inbounds float, ptr %391, i64 %395
  %397 = load <8 x float>, ptr %389, align 4
  %398 = load <8 x float>, ptr %396, align 4
  %399 = fsub <8 x float> %334, %398
  %400 = fadd <8 x float> %397, %399
  %401 = fsub <8 x float> %400, %397
  %402 = fsub <8 x float> %401, %399
  store <8 x float> %402, ptr %396, align 4
  store <8 x float> %400, ptr %389, align 4
  %403 = add i64 %339, %152
  %404 = getelementptr inbounds i64, ptr %0, i64 34
  %405 = load ptr, ptr %404
  %406 = getelementptr inbounds i64, ptr %0, i64 35
  %407 = load i64, ptr %406
  %408 = mul i64 3, %407
  %409 = add i64 %403, %408
  %410 = getelementptr inbounds float, ptr %405, i64 %409
  %411 = getelementptr inbounds i64, ptr %0, i64 34
  %412 = load ptr, ptr %411
  %413 = getelementptr inbounds i64, ptr %0, i64 35
  %414 = load i64, ptr %413
  %415 = mul i64 7, %414
  %416 = add i64 %403, %415
  %417 = getelementptr inbounds float, ptr %412, i64 %416
  %418 = load <8 x float>, ptr %410, align 4
  %419 = load <8 x float>, ptr %417, align 4
  %420 = fsub <8 x float> %335, %419
  %421 = fadd <8 x float> %418, %420
  %422 = fsub <8 x float> %421, %418
  %423 = fsub <8 x float> %422, %420
  store <8 x float> %423, ptr %417, align 4
  store <8 x float> %421, ptr %410, align 4
  br label %"summed.endif.endif"
done.1.if:
  %424 = getelementptr inbounds i64, ptr %0, i64 3
  %425 = load ptr, ptr %424
  call void @"barrier"(ptr %425, i64 %2)
  br label %"done.1.endif"
done.1.endif:
  %35 = add i64 %34, 1
  %426 = icmp slt i64 %35, %32
  br i1 %426, label %"turn", label %"done"
}
