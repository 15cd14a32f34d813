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
  %74 = mul i64 %66, 8
  %75 = icmp slt i64 0, %71
  br i1 %75, label %"turn.2", label %"done.2"
next:
  %69 = add i64 %68, %8
  br label %"tiles"
tiled:
  %67 = add i64 %66, 1
  %76 = icmp slt i64 %67, %62
  br i1 %76, label %"turn.1", label %"done.1"
rows:
  %77 = getelementptr inbounds i64, ptr %0, i64 9
  %78 = load ptr, ptr %77
  %79 = getelementptr inbounds i64, ptr %78, i64 %68
  %73 = load i64, ptr %79
  %80 = add i64 %68, 1
  %81 = getelementptr inbounds i64, ptr %0, i64 9
  %82 = load ptr, ptr %81
  %83 = getelementptr inbounds i64, ptr %82, i64 %80
  %72 = load i64, ptr %83
  %84 = icmp slt i64 %73, %72
  br i1 %84, label %"tile", label %"next"
turn.2:
  %85 = phi i64 [0, %"tile"], [%86, %"turn.2"]
  %87 = add i64 %73, %85
  %88 = getelementptr inbounds i64, ptr %0, i64 39
  %89 = load ptr, ptr %88
  %90 = getelementptr inbounds i64, ptr %0, i64 19
  %91 = load i64, ptr %90
  %92 = mul i64 %52, %91
  %93 = add i64 %92, %87
  %94 = mul i64 %93, %18
  %95 = getelementptr inbounds float, ptr %89, i64 %94
  %96 = getelementptr inbounds i64, ptr %0, i64 40
  %97 = load ptr, ptr %96
  %98 = mul i64 %87, %18
  %99 = getelementptr inbounds float, ptr %97, i64 %98
  %100 = icmp slt i64 %87, %54
  %101 = select i1 %100, ptr %95, ptr %99
  %102 = getelementptr inbounds float, ptr %101, i64 %74
  %103 = getelementptr inbounds i64, ptr %0, i64 44
  %104 = load ptr, ptr %103
  %105 = add i64 %51, %87
  %106 = mul i64 %105, %18
  %107 = add i64 %106, %74
  %108 = getelementptr inbounds float, ptr %104, i64 %107
  %109 = getelementptr inbounds i64, ptr %0, i64 45
  %110 = load ptr, ptr %109
  %111 = add i64 %51, %87
  %112 = mul i64 %111, %18
  %113 = add i64 %112, %74
  %114 = getelementptr inbounds float, ptr %110, i64 %113
  %115 = getelementptr inbounds i64, ptr %0, i64 43
  %116 = load ptr, ptr %115
  %117 = add i64 %51, %87
  %118 = mul i64 %117, %18
  %119 = add i64 %118, %74
  %120 = getelementptr inbounds float, ptr %116, i64 %119
  %121 = getelementptr inbounds i64, ptr %0, i64 46
  %122 = load ptr, ptr %121
  %123 = add i64 %51, %87
  %124 = mul i64 %123, %18
  %125 = add i64 %124, %74
  %126 = getelementptr inbounds float, ptr %122, i64 %125
  %127 = getelementptr inbounds i64, ptr %0, i64 39
  %128 = load ptr, ptr %127
  %129 = add i64 %51, %87
  %130 = mul i64 %129, %18
  %131 = add i64 %130, %74
  %132 = getelementptr inbounds float, ptr %128, i64 %131
  %133 = getelementptr inbounds i64, ptr %0, i64 28
  %134 = load i64, ptr %133
  %135 = getelementptr inbounds i64, ptr %0, i64 27
  %136 = load i64, ptr %135
  %137 = mul i64 %42, %136
  %138 = getelementptr inbounds i64, ptr %0, i64 26
  %139 = load ptr, ptr %138
  %140 = mul i64 %87, %134
  %141 = add i64 %137, %140
  %142 = getelementptr inbounds float, ptr %139, i64 %141
  %143 = getelementptr inbounds float, ptr %142, i64 %74
  %144 = getelementptr inbounds float, ptr %102, i64 0
  call void @"llvm.prefetch.p0"(ptr %144, i32 0, i32 3, i32 1)
  %145 = getelementptr inbounds float, ptr %108, i64 0
  call void @"llvm.prefetch.p0"(ptr %145, i32 0, i32 3, i32 1)
  %146 = getelementptr inbounds float, ptr %114, i64 0
  call void @"llvm.prefetch.p0"(ptr %146, i32 0, i32 3, i32 1)
  %147 = getelementptr inbounds float, ptr %120, i64 0
  call void @"llvm.prefetch.p0"(ptr %147, i32 0, i32 3, i32 1)
  %148 = getelementptr inbounds float, ptr %126, i64 0
  call void @"llvm.prefetch.p0"(ptr %148, i32 0, i32 3, i32 1)
  %149 = getelementptr inbounds float, ptr %132, i64 0
  call void @"llvm.prefetch.p0"(ptr %149, i32 0, i32 3, i32 1)
  %150 = getelementptr inbounds float, ptr %143, i64 0
  call void @"llvm.prefetch.p0"(ptr %150, i32 0, i32 3, i32 1)
  %151 = add i64 %51, %87
  %152 = getelementptr inbounds i64, ptr %0, i64 25
  %153 = load i64, ptr %152
  %154 = mul i64 %151, %153
  %155 = mul i64 0, %18
  %156 = add i64 %155, %74
  %157 = add i64 %154, %156
  %158 = getelementptr inbounds i64, ptr %0, i64 24
  %159 = load ptr, ptr %158
  %160 = add i64 %157, 0
  %161 = getelementptr inbounds float, ptr %159, i64 %160
  call void @"llvm.prefetch.p0"(ptr %161, i32 1, i32 3, i32 1)
  %162 = mul i64 1, %18
  %163 = add i64 %162, %74
  %164 = add i64 %154, %163
  %165 = getelementptr inbounds i64, ptr %0, i64 24
  %166 = load ptr, ptr %165
  %167 = add i64 %164, 0
  %168 = getelementptr inbounds float, ptr %166, i64 %167
  call void @"llvm.prefetch.p0"(ptr %168, i32 1, i32 3, i32 1)
  %169 = mul i64 2, %18
  %170 = add i64 %169, %74
  %171 = add i64 %154, %170
  %172 = getelementptr inbounds i64, ptr %0, i64 24
  %173 = load ptr, ptr %172
  %174 = add i64 %171, 0
  %175 = getelementptr inbounds float, ptr %173, i64 %174
  call void @"llvm.prefetch.p0"(ptr %175, i32 1, i32 3, i32 1)
  %176 = mul i64 3, %18
  %177 = add i64 %176, %74
  %178 = add i64 %154, %177
  %179 = getelementptr inbounds i64, ptr %0, i64 24
  %180 = load ptr, ptr %179
  %181 = add i64 %178, 0
  %182 = getelementptr inbounds float, ptr %180, i64 %181
  call void @"llvm.prefetch.p0"(ptr %182, i32 1, i32 3, i32 1)
  %86 = add i64 %85, 1
  %183 = icmp slt i64 %86, %71
  br i1 %183, label %"turn.2", label %"done.2"
done.2:
  %184 = icmp slt i64 0, %71
  br i1 %184, label %"turn.3", label %"done.3"
turn.3:
  %185 = phi i64 [0, %"done.2"], [%186, %"turn.3"]
  %187 = add i64 %73, %185
  %188 = add i64 %53, %187
  %189 = getelementptr inbounds i64, ptr %0, i64 25
  %190 = load i64, ptr %189
  %191 = mul i64 %188, %190
  %192 = getelementptr inbounds i64, ptr %0, i64 24
  %193 = load ptr, ptr %192
  %194 = getelementptr inbounds i64, ptr %0, i64 37
  %195 = load i64, ptr %194
  %196 = add i64 %191, %195
  %197 = getelementptr inbounds float, ptr %193, i64 %196
  %198 = getelementptr inbounds ptr, ptr %27, i64 %185
  store ptr %197, ptr %198
  %186 = add i64 %185, 1
  %199 = icmp slt i64 %186, %71
  br i1 %199, label %"turn.3", label %"done.3"
done.3:
  %200 = getelementptr inbounds i64, ptr %0, i64 36
  %201 = load i64, ptr %200
  %202 = select i1 %44, i64 0, i64 %201
  %203 = getelementptr inbounds i64, ptr %0, i64 38
  %204 = load ptr, ptr %203
  %205 = mul i64 %66, 8
  %206 = mul i64 %205, %201
  %207 = getelementptr inbounds float, ptr %204, i64 %206
  %208 = getelementptr inbounds i64, ptr %0, i64 14
  %209 = load ptr, ptr %208
  switch i64 %71, label %"never" [i64 1, label %"rows1" i64 2, label %"rows2" i64 3, label %"rows3" i64 4, label %"rows4" i64 5, label %"rows5" i64 6, label %"rows6" i64 7, label %"rows7" i64 8, label %"rows8" i64 9, label %"rows9" i64 10, label %"rows10" i64 11, label %"rows11" i64 12, label %"rows12"]
summed:
  %210 = icmp eq i64 %66, 0
  br i1 %210, label %"summed.if", label %"summed.endif"
never:
  unreachable
rows1:
  call void @"tile1"(<8 x float>* %26, ptr %209, ptr %27, ptr %207, i64 %202)
  br label %"summed"
rows2:
  call void @"tile2"(<8 x float>* %26, ptr %209, ptr %27, ptr %207, i64 %202)
  br label %"summed"
rows3:
  call void @"tile3"(<8 x float>* %26, ptr %209, ptr %27, ptr %207, i64 %202)
  br label %"summed"
rows4:
  call void @"tile4"(<8 x float>* %26, ptr %209, ptr %27, ptr %207, i64 %202)
  br label %"summed"
rows5:
  call void @"tile5"(<8 x float>* %26, ptr %209, ptr %27, ptr %207, i64 %202)
  br label %"summed"
rows6:
  call void @"tile6"(<8 x float>* %26, ptr %209, ptr %27, ptr %207, i64 %202)
  br label %"summed"
rows7:
  call void @"tile7"(<8 x float>* %26, ptr %209, ptr %27, ptr %207, i64 %202)
  br label %"summed"
rows8:
  call void @"tile8"(<8 x float>* %26, ptr %209, ptr %27, ptr %207, i64 %202)
  br label %"summed"
rows9:
  call void @"tile9"(<8 x float>* %26, ptr %209, ptr %27, ptr %207, i64 %202)
  br label %"summed"
rows10:
  call void @"tile10"(<8 x float>* %26, ptr %209, ptr %27, ptr %207, i64 %202)
  br label %"summed"
rows11:
  call void @"tile11"(<8 x float>* %26, ptr %209, ptr %27, ptr %207, i64 %202)
  br label %"summed"
rows12:
  call void @"tile12"(<8 x float>* %26, ptr %209, ptr %27, ptr %207, i64 %202)
  br label %"summed"
summed.if:
  %211 = icmp slt i64 0, %71
  br i1 %211, label %"turn.4", label %"done.4"
summed.endif:
  %212 = mul i64 %66, 1
  %213 = add i64 %212, 0
  %214 = mul i64 %213, 8
  %215 = icmp slt i64 %214, %18
  br i1 %215, label %"summed.endif.if", label %"summed.endif.endif"
turn.4:
  %216 = phi i64 [0, %"summed.if"], [%217, %"turn.4"]
  %218 = add i64 %73, %216
  %219 = add i64 %51, %218
  %220 = getelementptr inbounds i64, ptr %0, i64 31
  %221 = load i64, ptr %220
  %222 = getelementptr inbounds i64, ptr %0, i64 30
  %223 = load i64, ptr %222
  %224 = mul i64 %42, %223
  %225 = getelementptr inbounds i64, ptr %0, i64 29
  %226 = load ptr, ptr %225
  %227 = mul i64 %218, %221
  %228 = add i64 %224, %227
  %229 = getelementptr inbounds float, ptr %226, i64 %228
  %230 = getelementptr inbounds i64, ptr %0, i64 32
  %231 = load ptr, ptr %230
  %232 = getelementptr inbounds ptr, ptr %231, i64 %219
  store ptr %229, ptr %232
  %233 = getelementptr inbounds i64, ptr %0, i64 22
  %234 = load i64, ptr %233
  %235 = getelementptr inbounds i64, ptr %0, i64 21
  %236 = load i64, ptr %235
  %237 = mul i64 %48, %236
  %238 = getelementptr inbounds i64, ptr %0, i64 20
  %239 = load ptr, ptr %238
  %240 = mul i64 %218, %234
  %241 = add i64 %237, %240
  %242 = getelementptr inbounds float, ptr %239, i64 %241
  %243 = getelementptr inbounds i64, ptr %0, i64 23
  %244 = load ptr, ptr %243
  %245 = mul i64 %218, %22
  %246 = getelementptr inbounds float, ptr %244, i64 %245
  %247 = icmp slt i64 %218, %54
  %248 = select i1 %247, ptr %242, ptr %246
  %249 = getelementptr inbounds i64, ptr %0, i64 33
  %250 = load ptr, ptr %249
  %251 = getelementptr inbounds ptr, ptr %250, i64 %219
  store ptr %248, ptr %251
  %217 = add i64 %216, 1
  %252 = icmp slt i64 %217, %71
  br i1 %252, label %"turn.4", label %"done.4"
done.4:
  br label %"summed.endif"
summed.endif.if:
  %253 = mul i64 %213, 8
  %254 = icmp slt i64 0, %71
  br i1 %254, label %"turn.5", label %"done.5"
summed.endif.endif:
  br label %"next"
turn.5:
  %255 = phi i64 [0, %"summed.endif.if"], [%256, %"turn.5"]
  %257 = phi <8 x float> [<float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0>, %"summed.endif.if"], [%258, %"turn.5"]
  %259 = phi <8 x float> [<float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0>, %"summed.endif.if"], [%260, %"turn.5"]
  %261 = phi <8 x float> [<float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0>, %"summed.endif.if"], [%262, %"turn.5"]
  %263 = phi <8 x float> [<float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0>, %"summed.endif.if"], [%264, %"turn.5"]
  %265 = add i64 %73, %255
  %266 = getelementptr inbounds i64, ptr %0, i64 42
  %267 = load ptr, ptr %266
  %268 = mul i64 %265, %18
  %269 = getelementptr inbounds float, ptr %267, i64 %268
  %270 = getelementptr inbounds float, ptr %269, i64 %253
  %271 = load <8 x float>, ptr %270, align 4
  %272 = mul i64 %255, 1
  %273 = add i64 %272, 0
  %274 = mul i64 %273, 8
  %275 = getelementptr inbounds float, <8 x float>* %26, i64 %274
  %276 = load <8 x float>, <8 x float>* %275, align 4
  %277 = getelementptr inbounds i64, ptr %0, i64 28
  %278 = load i64, ptr %277
  %279 = getelementptr inbounds i64, ptr %0, i64 27
  %280 = load i64, ptr %279
  %281 = mul i64 %42, %280
  %282 = getelementptr inbounds i64, ptr %0, i64 26
  %283 = load ptr, ptr %282
  %284 = mul i64 %265, %278
  %285 = add i64 %281, %284
  %286 = getelementptr inbounds float, ptr %283, i64 %285
  %287 = getelementptr inbounds float, ptr %286, i64 %253
  %288 = load <8 x float>, ptr %287, align 4
  %289 = icmp sge i64 %265, %55
  %290 = getelementptr inbounds i64, ptr %0, i64 41
  %291 = load ptr, ptr %290
  %292 = mul i64 %265, %18
  %293 = getelementptr inbounds float, ptr %291, i64 %292
  %294 = getelementptr inbounds i64, ptr %0, i64 14
  %295 = load ptr, ptr %294
  %296 = select i1 %289, ptr %293, ptr %295
  %297 = getelementptr inbounds float, ptr %296, i64 %253
  %298 = load <8 x float>, ptr %297, align 4
  %299 = fadd <8 x float> %276, %288
  %300 = fadd <8 x float> %299, %298
  %301 = getelementptr inbounds i64, ptr %0, i64 39
  %302 = load ptr, ptr %301
  %303 = getelementptr inbounds i64, ptr %0, i64 19
  %304 = load i64, ptr %303
  %305 = mul i64 %52, %304
  %306 = add i64 %305, %265
  %307 = mul i64 %306, %18
  %308 = getelementptr inbounds float, ptr %302, i64 %307
  %309 = getelementptr inbounds i64, ptr %0, i64 40
  %310 = load ptr, ptr %309
  %311 = mul i64 %265, %18
  %312 = getelementptr inbounds float, ptr %310, i64 %311
  %313 = icmp slt i64 %265, %54
  %314 = select i1 %313, ptr %308, ptr %312
  %315 = getelementptr inbounds float, ptr %314, i64 %253
  %316 = load <8 x float>, ptr %315, align 4
  %317 = getelementptr inbounds i64, ptr %0, i64 44
  %318 = load ptr, ptr %317
  %319 = add i64 %51, %265
  %320 = mul i64 %319, %18
  %321 = add i64 %320, %253
  %322 = getelementptr inbounds float, ptr %318, i64 %321
  %323 = load <8 x float>, ptr %322, align 4
  %324 = getelementptr inbounds i64, ptr %0, i64 45
  %325 = load ptr, ptr %324
  %326 = add i64 %51, %265
  %327 = mul i64 %326, %18
  %328 = add i64 %327, %253
  %329 = getelementptr inbounds float, ptr %325, i64 %328
  %330 = load <8 x float>, ptr %329, align 4
  %331 = getelementptr inbounds i64, ptr %0, i64 43
  %332 = load ptr, ptr %331
  %333 = add i64 %51, %265
  %334 = mul i64 %333, %18
  %335 = add i64 %334, %253
  %336 = getelementptr inbounds float, ptr %332, i64 %335
  %337 = load <8 x float>, ptr %336, align 4
  %338 = getelementptr inbounds i64, ptr %0, i64 46
  %339 = load ptr, ptr %338
  %340 = add i64 %51, %265
  %341 = mul i64 %340, %18
  %342 = add i64 %341, %253
  %343 = getelementptr inbounds float, ptr %339, i64 %342
  %344 = load <8 x float>, ptr %343, align 4
  %345 = getelementptr inbounds i64, ptr %0, i64 39
  %346 = load ptr, ptr %345
  %347 = add i64 %51, %265
  %348 = mul i64 %347, %18
  %349 = add i64 %348, %253
  %350 = getelementptr inbounds float, ptr %346, i64 %349
  %351 = load <8 x float>, ptr %350, align 4
  %352 = fmul <8 x float> %300, %344
  %353 = call <8 x float> @"llvm.fabs.v8f32"(<8 x float> %351)
  %354 = fcmp ogt <8 x float> %353, <float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000>
  %355 = select <8 x i1> %354, <8 x float> <float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000, float 0x4024000000000000>, <8 x float> %353
  %356 = fadd <8 x float> %355, %355
  %357 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %356, <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>)
  %358 = fsub <8 x float> %357, <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000>
  %359 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %358, <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %356)
  %360 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %358, <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %359)
  %361 = bitcast <8 x float> %357 to <8 x i32>
  %362 = bitcast <8 x float> <float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000, float 0x4168000000000000> to <8 x i32>
  %363 = sub <8 x i32> %361, %362
  %364 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000, float 0x3f2a1517a0000000>, <8 x float> %360, <8 x float> <float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000, float 0x3f56d75440000000>)
  %365 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %364, <8 x float> %360, <8 x float> <float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000, float 0x3f81110c60000000>)
  %366 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %365, <8 x float> %360, <8 x float> <float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000, float 0x3fa5554ac0000000>)
  %367 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %366, <8 x float> %360, <8 x float> <float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000, float 0x3fc5555560000000>)
  %368 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %367, <8 x float> %360, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %369 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %368, <8 x float> %360, <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %370 = fmul <8 x float> %360, %369
  %371 = add <8 x i32> %363, <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %372 = shl <8 x i32> %371, <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %373 = bitcast <8 x i32> %372 to <8 x float>
  %374 = fsub <8 x float> %373, <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %375 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %373, <8 x float> %370, <8 x float> %374)
  %376 = fadd <8 x float> %375, <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %377 = fdiv <8 x float> %375, %376
  %378 = call <8 x float> @"llvm.copysign.v8f32"(<8 x float> %377, <8 x float> %351)
  %379 = fneg <8 x float> %378
  %380 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %379, <8 x float> %378, <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %381 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %352, <8 x float> %380, <8 x float> %271)
  %382 = fmul <8 x float> %381, %330
  %383 = fsub <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %337
  %384 = fmul <8 x float> %337, %383
  %385 = fmul <8 x float> %382, %384
  %386 = fmul <8 x float> %381, %316
  %387 = fsub <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %323
  %388 = fmul <8 x float> %323, %387
  %389 = fmul <8 x float> %386, %388
  %390 = fmul <8 x float> %381, %337
  %391 = fneg <8 x float> %330
  %392 = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %391, <8 x float> %330, <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %393 = fmul <8 x float> %390, %392
  %394 = fmul <8 x float> %300, %378
  %395 = fsub <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %344
  %396 = fmul <8 x float> %344, %395
  %397 = fmul <8 x float> %394, %396
  %398 = fmul <8 x float> %381, %323
  %399 = add i64 %51, %265
  %400 = getelementptr inbounds i64, ptr %0, i64 25
  %401 = load i64, ptr %400
  %402 = mul i64 %399, %401
  %403 = mul i64 0, %18
  %404 = add i64 %403, %253
  %405 = add i64 %402, %404
  %406 = getelementptr inbounds i64, ptr %0, i64 24
  %407 = load ptr, ptr %406
  %408 = getelementptr inbounds float, ptr %407, i64 %405
  store <8 x float> %385, ptr %408, align 4
  %409 = add i64 %51, %265
  %410 = getelementptr inbounds i64, ptr %0, i64 25
  %411 = load i64, ptr %410
  %412 = mul i64 %409, %411
  %413 = mul i64 1, %18
  %414 = add i64 %413, %253
  %415 = add i64 %412, %414
  %416 = getelementptr inbounds i64, ptr %0, i64 24
  %417 = load ptr, ptr %416
  %418 = getelementptr inbounds float, ptr %417, i64 %415
  store <8 x float> %389, ptr %418, align 4
  %419 = add i64 %51, %265
  %420 = getelementptr inbounds i64, ptr %0, i64 25
  %421 = load i64, ptr %420
  %422 = mul i64 %419, %421
  %423 = mul i64 2, %18
  %424 = add i64 %423, %253
  %425 = add i64 %422, %424
  %426 = getelementptr inbounds i64, ptr %0, i64 24
  %427 = load ptr, ptr %426
  %428 = getelementptr inbounds float, ptr %427, i64 %425
  store <8 x float> %393, ptr %428, align 4
  %429 = add i64 %51, %265
  %430 = getelementptr inbounds i64, ptr %0, i64 25
  %431 = load i64, ptr %430
  %432 = mul i64 %429, %431
  %433 = mul i64 3, %18
  %434 = add i64 %433, %253
  %435 = add i64 %432, %434
  %436 = getelementptr inbounds i64, ptr %0, i64 24
  %437 = load ptr, ptr %436
  %438 = getelementptr inbounds float, ptr %437, i64 %435
  store <8 x float> %397, ptr %438, align 4
  %439 = getelementptr inbounds i64, ptr %0, i64 42
  %440 = load ptr, ptr %439
  %441 = mul i64 %265, %18
  %442 = add i64 %441, %253
  %443 = getelementptr inbounds float, ptr %440, i64 %442
  store <8 x float> %398, ptr %443, align 4
  %258 = fadd <8 x float> %257, %385
  %260 = fadd <8 x float> %259, %389
  %262 = fadd <8 x float> %261, %393
  %264 = fadd <8 x float> %263, %397
  %256 = add i64 %255, 1
  %444 = icmp slt i64 %256, %71
  br i1 %444, label %"turn.5", label %"done.5"
done.5:
  %445 = phi <8 x float> [<float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0>, %"summed.endif.if"], [%258, %"turn.5"]
  %446 = phi <8 x float> [<float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0>, %"summed.endif.if"], [%260, %"turn.5"]
  %447 = phi <8 x float> [<float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0>, %"summed.endif.if"], [%262, %"turn.5"]
  %448 = phi <8 x float> [<float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0, float 0x0>, %"summed.endif.if"], [%264, %"turn.5"]
  %449 = getelementptr inbounds i64, ptr %0, i64 35
  %450 = load i64, ptr %449
  %451 = mul i64 8, %450
  %452 = mul i64 %1, %451
  %453 = add i64 %452, %253
  %454 = getelementptr inbounds i64, ptr %0, i64 34
  %455 = load ptr, ptr %454
  %456 = getelementptr inbounds i64, ptr %0, i64 35
  %457 = load i64, ptr %456
  %458 = mul i64 0, %457
  %459 = add i64 %453, %458
  %460 = getelementptr inbounds float, ptr %455, i64 %459
  %461 = getelementptr inbounds i64, ptr %0, i64 34
  %462 = load ptr, ptr %461
  %463 = getelementptr inbounds i64, ptr %0, i64 35
  %464 = load i64, ptr %463
  %465 = mul i64 4, %464
  %466 = add i64 %453, %465
  %467 = getelementptr inbounds float, ptr %462, i64 %466
  %468 = load <8 x float>, ptr %460, align 4
  %469 = load <8 x float>, ptr %467, align 4
  %470 = fsub <8 x float> %445, %469
  %471 = fadd <8 x float> %468, %470
  %472 = fsub <8 x float> %471, %468
  %473 = fsub <8 x float> %472, %470
  store <8 x float> %473, ptr %467, align 4
  store <8 x float> %471, ptr %460, align 4
  %474 = add i64 %452, %253
  %475 = getelementptr inbounds i64, ptr %0, i64 34
  %476 = load ptr, ptr %475
  %477 = getelementptr inbounds i64, ptr %0, i64 35
  %478 = load i64, ptr %477
  %479 = mul i64 1, %478
  %480 = add i64 %474, %479
  %481 = getelementptr inbounds float, ptr %476, i64 %480
  %482 = getelementptr inbounds i64, ptr %0, i64 34
  %483 = load ptr, ptr %482
  %484 = getelementptr inbounds i64, ptr %0, i64 35
  %485 = load i64, ptr %484
  %486 = mul i64 5, %485
  %487 = add i64 %474, %486
  %488 = getelementptr inbounds float, ptr %483, i64 %487
  %489 = load <8 x float>, ptr %481, align 4
  %490 = load <8 x float>, ptr %488, align 4
  %491 = fsub <8 x float> %446, %490
  %492 = fadd <8 x float> %489, %491
  %493 = fsub <8 x float> %492, %489
  %494 = fsub <8 x float> %493, %491
  store <8 x float> %494, ptr %488, align 4
  store <8 x float> %492, ptr %481, align 4
  %495 = add i64 %452, %253
  %496 = getelementptr inbounds i64, ptr %0, i64 34
  %497 = load ptr, ptr %496
  %498 = getelementptr inbounds i64, ptr %0, i64 35
  %499 = load i64, ptr %498
  %500 = mul i64 2, %499
  %501 = add i64 %495, %500
  %502 = getelementptr inbounds float, ptr %497, i64 %501
  %503 = getelementptr inbounds i64, ptr %0, i64 34
  %504 = load ptr, ptr %503
  %505 = getelementptr inbounds i64, ptr %0, i64 35
  %506 = load i64, ptr %505
  %507 = mul i64 6, %506
  %508 = add i64 %495, %507
  %509 = getelementptr inbounds float, ptr %504, i64 %508
  %510 = load <8 x float>, ptr %502, align 4
  %511 = load <8 x float>, ptr %509, align 4
  %512 = fsub <8 x float> %447, %511
  %513 = fadd <8 x float> %510, %512
  %514 = fsub <8 x float> %513, %510
  %515 = fsub <8 x float> %514, %512
  store <8 x float> %515, ptr %509, align 4
  store <8 x float> %513, ptr %502, align 4
  %516 = add i64 %452, %253
  %517 = getelementptr inbounds i64, ptr %0, i64 34
  %518 = load ptr, ptr %517
  %519 = getelementptr inbounds i64, ptr %0, i64 35
  %520 = load i64, ptr %519
  %521 = mul i64 3, %520
  %522 = add i64 %516, %521
  %523 = getelementptr inbounds float, ptr %518, i64 %522
  %524 = getelementptr inbounds i64, ptr %0, i64 34
  %525 = load ptr, ptr %524
  %526 = getelementptr inbounds i64, ptr %0, i64 35
  %527 = load i64, ptr %526
  %528 = mul i64 7, %527
  %529 = add i64 %516, %528
  %530 = getelementptr inbounds float, ptr %525, i64 %529
  %531 = load <8 x float>, ptr %523, align 4
  %532 = load <8 x float>, ptr %530, align 4
  %533 = fsub <8 x float> %448, %532
  %534 = fadd <8 x float> %531, %533
  %535 = fsub <8 x float> %534, %531
  %536 = fsub <8 x float> %535, %533
  store <8 x float> %536, ptr %530, align 4
  store <8 x float> %534, ptr %523, align 4
  br label %"summed.endif.endif"
done.1.if:
  %537 = getelementptr inbounds i64, ptr %0, i64 3
  %538 = load ptr, ptr %537
  call void @"barrier"(ptr %538, i64 %2)
  br label %"done.1.endif"
done.1.endif:
  %35 = add i64 %34, 1
  %539 = icmp slt i64 %35, %32
  br i1 %539, label %"turn", label %"done"
}
