// What the floating-point module rests on, asked at start.

const PROBE: usize = memory.data<f64>(
  [1.0000000000000002, 1.0000000000000002, 0.9999999999999998, 0.9999999999999998],
  16,
)

/** 1 if `relaxed_madd` rounds once: (1 + 2^-52)(1 - 2^-52) rounded is 1, but fused with -1 leaves what is below. */
export function isFused(): i32 {
  const rest = f64x2.relaxed_madd(load<v128>(PROBE), load<v128>(PROBE, 16), f64x2.splat(-1.0))
  return i32(f64x2.extract_lane(rest, 0) != <f64>0.0) & i32(f64x2.extract_lane(rest, 1) != <f64>0.0)
}
