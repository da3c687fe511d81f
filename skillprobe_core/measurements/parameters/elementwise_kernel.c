/* The sums and counts of the elementwise families for large tensors of float32, bfloat16 and float16.
 *
 * A chunk of a row stays in the first-level cache and is read by short loops, whose sums fit into the registers: which
 * weights changed, the powers of a side, the powers of the updates, and their counts. The histogram is filled in the loop
 * over the tensor's powers, since its counters and the arithmetic occupy different units. In a chunk where less than half
 * of the weights changed, the loops over updates see only those.
 *
 * Sums run in float64. Counts are exact: where float32 does not decide a comparison, it is repeated in float64. All powers
 * are taken around zero.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__AVX2__) && defined(__F16C__) && defined(__BMI2__)
#include <immintrin.h>
#define X86 1
#define LANES 8
#else
#define X86 0
#define LANES 4
#endif

#define STEP (2 * LANES)
#define CHUNK 2048
#define SHIFT 14        /* bits of a float that a bucket of the histogram leaves out, as in quantiles.py */
#define BUCKETS (1 << (31 - SHIFT))
#define TABLE (BUCKETS + 272) /* a distance at which equal buckets of two tables do not share a set of the cache */
#define TABLES 4 /* histograms that are added up in the end: a counter is not incremented twice in a row */
#define TOLERANCES 6
#define MOST_ROWS 32767 /* of which a column's counter of 16 bits counts the updates */
#define ALIGNED __attribute__((aligned(64)))
#define INLINE static inline __attribute__((always_inline))

typedef float vf __attribute__((vector_size(4 * LANES), may_alias));
typedef int32_t vi __attribute__((vector_size(4 * LANES), may_alias));
typedef uint32_t vu __attribute__((vector_size(4 * LANES), may_alias));
typedef int16_t vs __attribute__((vector_size(4 * LANES), may_alias));
typedef double vd __attribute__((vector_size(4 * LANES), may_alias));

enum { FLOAT32, FLOAT64, BFLOAT16, FLOAT16 };
enum { FIRST, SECOND, THIRD, FOURTH };
/* The order of elementwise_kernel.py's SUMS. */
enum {
    BASE_SQUARES, SQUARES, DELTA_SQUARES, BASE_TIMES_DELTA, BASE, TENSOR = 8, DELTA = 12, RELATIVE = 16, BF16, EXACT, WITHIN
};

typedef struct {
    vd base[4], tensor[4], delta[4], product;
    int64_t exact, bf16, relative, within[TOLERANCES];
    const double *tolerances;
    double *largest;
    uint32_t *histogram; /* TABLES of them */
} totals;

/* A chunk of n elements of both sides. `padded`, a multiple of STEP, includes zeros behind them. */
typedef struct {
    const void *base, *tensor;
    int n, padded;
    uint16_t buckets[CHUNK] ALIGNED;
} chunk;

INLINE uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

INLINE float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

INLINE vs load_bits(const void *row, int i) {
    vs bits;
    memcpy(&bits, (const uint16_t *)row + i, sizeof bits);
    return bits;
}

/* STEP elements from the ith on as float32. Those of bfloat16 come as the even and the odd ones. */
INLINE void load(vf to[2], const void *row, int i, int kind) {
    if (kind == BFLOAT16) {
        vu bits = (vu)load_bits(row, i);
        to[0] = (vf)(bits << 16), to[1] = (vf)(bits & 0xFFFF0000u);
#if X86
    } else if (kind == FLOAT16) {
        const __m128i *narrow = (const __m128i *)((const uint16_t *)row + i);
        to[0] = (vf)_mm256_cvtph_ps(_mm_loadu_si128(narrow)), to[1] = (vf)_mm256_cvtph_ps(_mm_loadu_si128(narrow + 1));
#endif
    } else {
        for (int part = 0; part < 2; part++)
            memcpy(to + part, (const float *)row + i + part * LANES, sizeof(vf));
    }
}

INLINE float load_one(const void *row, int i, int kind) {
    if (kind == BFLOAT16)
        return float_of((uint32_t)((const uint16_t *)row)[i] << 16);
#if X86
    if (kind == FLOAT16)
        return _cvtsh_ss(((const uint16_t *)row)[i]);
#endif
    return ((const float *)row)[i];
}

/* LANES float32 as two vectors of float64. */
INLINE void double_of(vd to[2], vf x) {
#if X86
    to[0] = (vd)_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)x));
    to[1] = (vd)_mm256_cvtps_pd(_mm256_extractf128_ps((__m256)x, 1));
#else
    to[0] = (vd){x[0], x[1]}, to[1] = (vd){x[2], x[3]};
#endif
}

/* Sums of powers; two for those whose chains of products would be waited for otherwise. */
typedef struct {
    vd first, second, third[2], fourth[2];
} powers;

INLINE void add_powers(powers *to, const vd x[2]) {
    vd low = x[0] * x[0], high = x[1] * x[1];
    to->first += x[0] + x[1], to->second += low + high;
    to->third[0] += low * x[0], to->third[1] += high * x[1];
    to->fourth[0] += low * low, to->fourth[1] += high * high;
}

INLINE void add_sums(vd sums[4], const powers *of) {
    sums[FIRST] += of->first, sums[SECOND] += of->second;
    sums[THIRD] += of->third[0] + of->third[1], sums[FOURTH] += of->fourth[0] + of->fourth[1];
}

INLINE double sum_of(vd lanes) {
    double total = 0;
    for (int i = 0; i < LANES / 2; i++)
        total += lanes[i];
    return total;
}

/* Counts of at most 2^31 in all. */
INLINE int64_t count_of(vi lanes) {
    int32_t kept[LANES], total = 0;
    memcpy(kept, &lanes, sizeof kept);
#pragma GCC unroll 8
    for (int i = 0; i < LANES; i++)
        total += kept[i];
    return total;
}

INLINE int64_t count_of_narrow(vs lanes) {
#if X86
    return count_of((vi)_mm256_madd_epi16((__m256i)lanes, _mm256_set1_epi16(1)));
#else
    int64_t total = 0;
    for (int i = 0; i < STEP; i++)
        total += lanes[i];
    return total;
#endif
}

INLINE vi larger(vi a, vi b) {
#if X86
    return (vi)_mm256_max_epi32((__m256i)a, (__m256i)b);
#else
    return (a & (a > b)) | (b & (a <= b));
#endif
}

INLINE vs larger_narrow(vs a, vs b) {
#if X86
    return (vs)_mm256_max_epi16((__m256i)a, (__m256i)b);
#else
    return (a & (a > b)) | (b & (a <= b));
#endif
}

/* The larger of floats that are not NaN. */
INLINE vf larger_float(vf a, vf b) {
#if X86
    return (vf)_mm256_max_ps((__m256)a, (__m256)b);
#else
    vi first = a > b;
    return (vf)(((vi)a & first) | ((vi)b & ~first));
#endif
}

INLINE uint32_t largest_of(vi lanes) {
    int32_t top = 0;
    for (int i = 0; i < LANES; i++)
        top = lanes[i] > top ? lanes[i] : top;
    return (uint32_t)top;
}

INLINE uint32_t largest_of_narrow(vs lanes) {
    int16_t top = 0;
    for (int i = 0; i < STEP; i++)
        top = lanes[i] > top ? lanes[i] : top;
    return (uint32_t)top;
}

/* STEP buckets, in any order; those that need more than 16 bits become the largest. */
INLINE void store_buckets(uint16_t *to, vi a, vi b) {
#if X86
    _mm256_storeu_si256((__m256i *)to, _mm256_packus_epi32((__m256i)a, (__m256i)b));
#else
    for (int i = 0; i < LANES; i++) {
        to[i] = (uint16_t)(a[i] > UINT16_MAX ? UINT16_MAX : a[i]);
        to[LANES + i] = (uint16_t)(b[i] > UINT16_MAX ? UINT16_MAX : b[i]);
    }
#endif
}

/* Masks of 32 bits as masks of 16 bits, in order. */
INLINE vs narrowed(vi a, vi b) {
#if X86
    return (vs)_mm256_permute4x64_epi64(_mm256_packs_epi32((__m256i)a, (__m256i)b), 0xD8);
#else
    vs both;
    for (int i = 0; i < LANES; i++)
        both[i] = (int16_t)a[i], both[LANES + i] = (int16_t)b[i];
    return both;
#endif
}

/* One bit for each of STEP masks. */
INLINE uint32_t bits_of_mask(vs mask) {
#if X86
    return _pext_u32((uint32_t)_mm256_movemask_epi8((__m256i)mask), 0x55555555u);
#else
    uint32_t found = 0;
    for (int i = 0; i < STEP; i++)
        found |= (uint32_t)(mask[i] & 1) << i;
    return found;
#endif
}

INLINE void add_bits(int16_t *counters, vs mask) {
    vs counts;
    memcpy(&counts, counters, sizeof counts);
    counts -= mask;
    memcpy(counters, &counts, sizeof counts);
}

INLINE vi rounded_to_bf16(vf x) {
    vu bits = (vu)x;
    return (vi)((((bits >> 16) & 1) + bits + 0x7FFF) >> 16);
}

/* The absolute update in float64, as its definition has it. */
static double exact_size(float x, float y) { return fabs((double)y - (double)x); }

static int is_updated(float x, float y) {
    double left = fabs((double)x), right = fabs((double)y), most = left > right ? left : right;
    return exact_size(x, y) > most * 1e-3;
}

/* Not clear in float32 between these two; the absolute terms cover results that are not normal numbers. */
static const float SMALLEST = 1e-37f;

INLINE float clearly_not(int rule) { return rule == FLOAT32 ? 1e-3f * (1 - 0x1p-20f) : 1e-3f; }

/* Two numbers of 11 bits differ by 1e-3 of the larger exactly (2 of 2000), which float32 decides as float64 does, or by
 * a share that is clearly another. */
INLINE float clearly(int rule) { return rule == FLOAT32 ? 1e-3f * (1 + 0x1p-20f) : 1e-3f; }

/* Types of few distinct updates need several tables; for the others one is more likely to stay in the cache. */
INLINE int tables(int rule) { return rule == FLOAT32 ? 1 : TABLES; }

INLINE void count_buckets(const uint16_t *buckets, int rule, uint32_t *histogram) {
    const int apart = tables(rule) == 1 ? 0 : TABLE;
#pragma GCC unroll 8
    for (int i = 0; i < STEP; i += 4) {
        uint64_t four;
        memcpy(&four, buckets + i, sizeof four);
        histogram[four & 0xFFFF]++, histogram[apart + ((four >> 16) & 0xFFFF)]++;
        histogram[2 * apart + ((four >> 32) & 0xFFFF)]++, histogram[3 * apart + (four >> 48)]++;
    }
}

/* What needs float64 or more than 16 bits after all. Returns the number of further updated weights. */
INLINE int64_t add_exactly(const chunk *of, int kind, int unclear, uint32_t top, int16_t *columns, totals *to) {
    int64_t more = 0;
    if (float_of(top) >= (float)to->largest[2]) {
        for (int i = 0; i < of->n; i++) {
            double size = exact_size(load_one(of->base, i, kind), load_one(of->tensor, i, kind));
            to->largest[2] = size > to->largest[2] ? size : to->largest[2];
        }
    }
    for (int i = 0; unclear && i < of->n; i++) {
        float x = load_one(of->base, i, kind), y = load_one(of->tensor, i, kind);
        float most = fabsf(x) > fabsf(y) ? fabsf(x) : fabsf(y);
        int counted = fabsf(y - x) > most * clearly(FLOAT32) + SMALLEST, change = is_updated(x, y) - counted;
        columns[i] = (int16_t)(columns[i] + change), more += change;
    }
    for (int i = 0; top >> SHIFT > UINT16_MAX && i < of->n; i++) { /* counted as UINT16_MAX */
        uint32_t bucket = bits_of(fabsf(load_one(of->tensor, i, kind) - load_one(of->base, i, kind))) >> SHIFT;
        if (bucket > UINT16_MAX)
            to->histogram[UINT16_MAX]--, to->histogram[bucket]++;
    }
    return more;
}

/* The powers of the updates, and their products with the base. */
INLINE void add_delta(const chunk *of, int kind, totals *to) {
    powers of_z = {0};
    vd product[2] = {{0}};
    for (int i = 0; i < of->padded; i += STEP) {
        vf sides[2][2];
        load(sides[0], of->base, i, kind), load(sides[1], of->tensor, i, kind);
#pragma GCC unroll 2
        for (int part = 0; part < 2; part++) {
            vd x[2], z[2];
            double_of(x, sides[0][part]), double_of(z, sides[1][part]);
            z[0] -= x[0], z[1] -= x[1];
            add_powers(&of_z, z);
            product[0] += x[0] * z[0], product[1] += x[1] * z[1];
        }
    }
    add_sums(to->delta, &of_z);
    to->product += product[0] + product[1];
}

/* The updates of a chunk of `kind`: their buckets and counts, and those updated, which `columns` count. `rule` is
 * the type in which both sides are stored. Returns the number of updated weights. */
INLINE int64_t add_updates(chunk *of, int kind, int rule, int16_t *columns, totals *to) {
    const void *left = of->base, *right = of->tensor;
    vs moved_bits = {0}, moved_values = {0};
    vi moved_rounded = {0}, not_zero = {0}, relative = {0}, at_least = {0}, top = {0};
    for (int i = 0; i < of->padded; i += STEP) {
        vf sides[2][2];
        vi buckets[2], marks[2];
        load(sides[0], left, i, kind), load(sides[1], right, i, kind);
#pragma GCC unroll 2
        for (int part = 0; part < 2; part++) {
            vf x = sides[0][part], y = sides[1][part], z = y - x;
            vi size = (vi)z & 0x7FFFFFFF;
            top = larger(top, size);
            buckets[part] = size >> SHIFT;
            if (rule == BFLOAT16) { /* neighbours are more than 1e-3 apart */
                if (kind != BFLOAT16)
                    marks[part] = z != 0, moved_rounded -= (vi)x != (vi)y;
            } else {
                vf most = larger_float((vf)((vi)x & 0x7FFFFFFF), (vf)((vi)y & 0x7FFFFFFF)), distance = (vf)size;
                marks[part] = distance > most * clearly(rule) + SMALLEST;
                relative -= marks[part], not_zero -= z != 0;
                if (rule == FLOAT32)
                    at_least -= distance > larger_float(most * clearly_not(rule) - SMALLEST, (vf){0});
                moved_rounded -= rounded_to_bf16(x) != rounded_to_bf16(y);
            }
        }
        store_buckets(of->buckets + i, buckets[0], buckets[1]);
        vs mask;
        if (kind == BFLOAT16) {
            vs x = load_bits(left, i), y = load_bits(right, i), either = x | y, same = x == y;
            mask = ~(same | (either + either == 0));
            moved_bits -= ~same;
        } else {
            mask = narrowed(marks[0], marks[1]);
        }
        if (rule == BFLOAT16)
            moved_values -= mask;
        add_bits(columns + i, mask);
    }
    int64_t exact = rule == BFLOAT16 ? count_of_narrow(moved_values) : count_of(not_zero);
    int64_t bf16 = kind == BFLOAT16 ? count_of_narrow(moved_bits) : count_of(moved_rounded);
    int64_t updated = rule == BFLOAT16 ? exact : count_of(relative);
    int unclear = rule == FLOAT32 && count_of(at_least) != updated;
    updated += add_exactly(of, kind, unclear, largest_of(top), columns, to);
    to->exact += exact, to->bf16 += bf16, to->relative += updated;
    return updated;
}

/* The bits of the largest absolute value in a row, as stored. Adds the powers of its elements. */
INLINE uint32_t add_side(const void *row, int padded, int kind, vd sums[4], const uint16_t *buckets, totals *to) {
    powers of_x = {0};
    vi top = {0};
    vs narrow_top = {0};
    for (int i = 0; i < padded; i += STEP) {
        vf side[2];
        load(side, row, i, kind);
#pragma GCC unroll 2
        for (int part = 0; part < 2; part++) {
            vd x[2];
            double_of(x, side[part]);
            add_powers(&of_x, x);
            if (kind == FLOAT32)
                top = larger(top, (vi)side[part] & 0x7FFFFFFF);
        }
        if (kind != FLOAT32)
            narrow_top = larger_narrow(narrow_top, load_bits(row, i) & 0x7FFF);
        if (buckets)
            count_buckets(buckets + i, kind, to->histogram);
    }
    add_sums(sums, &of_x);
    return kind == FLOAT32 ? largest_of(top) : largest_of_narrow(narrow_top);
}

INLINE void add_largest(uint32_t bits, int kind, double *largest) {
    const uint32_t infinite = kind == FLOAT32 ? 0x7F800000u : kind == BFLOAT16 ? 0x7F80u : 0x7C00u;
    uint16_t narrow = (uint16_t)bits;
    double top = kind == FLOAT32 ? float_of(bits) : load_one(&narrow, 0, kind);
    top = bits < infinite ? top : INFINITY;
    *largest = top > *largest ? top : *largest;
}

/* One bit per element: set where the bits of the sides differ. Returns their number. `top` becomes the bits of the
 * tensor's largest absolute value, as stored. */
INLINE int find_changed(const chunk *of, int kind, uint64_t places[CHUNK / 64], uint32_t *top) {
    vi wide_top = {0};
    vs narrow_top = {0};
    for (int i = 0; i < of->padded; i += STEP) {
        vs same;
        if (kind == FLOAT32) {
            vf x[2], y[2];
            load(x, of->base, i, kind), load(y, of->tensor, i, kind);
            same = narrowed((vi)x[0] == (vi)y[0], (vi)x[1] == (vi)y[1]);
            wide_top = larger(wide_top, larger((vi)y[0] & 0x7FFFFFFF, (vi)y[1] & 0x7FFFFFFF));
        } else {
            vs y = load_bits(of->tensor, i);
            same = load_bits(of->base, i) == y;
            narrow_top = larger_narrow(narrow_top, y & 0x7FFF);
        }
        uint32_t different = ~bits_of_mask(same);
        memcpy((char *)places + i / 8, &different, STEP / 8);
    }
    *top = kind == FLOAT32 ? largest_of(wide_top) : largest_of_narrow(narrow_top);
    int changed = 0;
    for (int k = 0; k < CHUNK / 64; k++)
        changed += __builtin_popcountll(places[k]);
    return changed;
}

INLINE void edge_counts(const totals *to, int rule, uint32_t counts[TOLERANCES]) {
    for (int k = 0; k < TOLERANCES; k++) {
        uint32_t bucket = bits_of((float)to->tolerances[k]) >> SHIFT;
        counts[k] = 0;
        for (int table = 0; table < tables(rule); table++)
            counts[k] += to->histogram[table * TABLE + bucket];
    }
}

/* The updates within each tolerance among those in its bucket, if that was filled since `before`. */
INLINE void add_within(const chunk *of, int kind, int rule, const uint32_t before[TOLERANCES], totals *to) {
    uint32_t now[TOLERANCES];
    edge_counts(to, rule, now);
    for (int k = 0; k < TOLERANCES; k++) {
        int16_t bucket = (int16_t)(bits_of((float)to->tolerances[k]) >> SHIFT);
        for (int start = 0; now[k] != before[k] && start < of->padded; start += STEP) {
            if (!bits_of_mask(load_bits(of->buckets, start) == bucket))
                continue;
            for (int i = start; i < start + STEP && i < of->n; i++) {
                float x = load_one(of->base, i, kind), y = load_one(of->tensor, i, kind);
                to->within[k] +=
                    (int16_t)(bits_of(fabsf(y - x)) >> SHIFT) == bucket && exact_size(x, y) <= to->tolerances[k];
            }
        }
    }
}

INLINE void fill_histogram(const chunk *of, int rule, totals *to) {
    for (int i = 0; i < of->padded; i += STEP)
        count_buckets(of->buckets + i, rule, to->histogram);
}

/* The tensor's powers from the base's and those of the changed weights, if no digits are lost: not if nearly all of the
 * base's squares or fourth powers are those of changed weights. Returns true if so. */
INLINE int add_from_base(const chunk *few, const vd of_base[4], totals *to) {
    vd old[4] = {{0}}, new[4] = {{0}};
    add_side(few->base, few->padded, FLOAT32, old, NULL, to);
    for (int k = SECOND; k <= FOURTH; k += FOURTH - SECOND)
        if (!(sum_of(old[k]) <= 0.99 * sum_of(of_base[k])))
            return 0;
    add_side(few->tensor, few->padded, FLOAT32, new, NULL, to);
    for (int k = 0; k < 4; k++)
        to->tensor[k] += of_base[k] - old[k] + new[k];
    return 1;
}

/* A chunk in which few weights differ in their bits. Returns the number of updated weights. */
INLINE int64_t add_few(const chunk *of, int kind, const uint64_t places[CHUNK / 64], const vd of_base[4],
                       int16_t *columns, totals *to) {
    float old[CHUNK] ALIGNED, new[CHUNK] ALIGNED;
    uint16_t at[CHUNK];
    int16_t marks[CHUNK] ALIGNED;
    chunk few;
    few.base = old, few.tensor = new, few.n = 0;
    for (int k = 0; k < CHUNK / 64; k++) {
        for (uint64_t word = places[k]; word; word &= word - 1) {
            int i = 64 * k + __builtin_ctzll(word);
            old[few.n] = load_one(of->base, i, kind), new[few.n] = load_one(of->tensor, i, kind);
            at[few.n++] = (uint16_t)i;
        }
    }
    few.padded = (few.n + STEP - 1) / STEP * STEP;
    for (int i = few.n; i < few.padded; i++)
        old[i] = new[i] = 0;
    memset(marks, 0, (size_t)few.padded * sizeof *marks);
    uint32_t before[TOLERANCES];
    edge_counts(to, kind, before);
    int64_t updated = add_updates(&few, FLOAT32, kind, marks, to);
    add_delta(&few, FLOAT32, to);
    if (!add_from_base(&few, of_base, to))
        add_side(of->tensor, of->padded, kind, to->tensor, NULL, to);
    fill_histogram(&few, kind, to);
    add_within(&few, FLOAT32, kind, before, to);
    for (int i = 0; i < few.n; i++)
        columns[at[i]] = (int16_t)(columns[at[i]] + marks[i]);
    to->histogram[0] += (uint32_t)(of->n - few.padded);
    return updated;
}

/* A chunk of a row. Returns the number of updated weights. */
INLINE int64_t add_chunk(chunk *of, int kind, int16_t *columns, totals *to) {
    uint64_t places[CHUNK / 64] = {0};
    uint32_t before[TOLERANCES], top;
    int changed = find_changed(of, kind, places, &top);
    int64_t updated = 0;
    vd of_base[4] = {{0}};
    add_largest(top, kind, to->largest + 1);
    add_largest(add_side(of->base, of->padded, kind, of_base, NULL, to), kind, to->largest);
    for (int k = 0; k < 4; k++)
        to->base[k] += of_base[k];
    if (!changed) {
        for (int k = 0; k < 4; k++)
            to->tensor[k] += of_base[k];
        to->histogram[0] += (uint32_t)of->n;
    } else if (2 * changed < of->n) {
        updated = add_few(of, kind, places, of_base, columns, to);
    } else {
        edge_counts(to, kind, before);
        updated = add_updates(of, kind, kind, columns, to);
        add_delta(of, kind, to);
        add_side(of->tensor, of->padded, kind, to->tensor, of->buckets, to);
        add_within(of, kind, kind, before, to);
        to->histogram[0] -= (uint32_t)(of->padded - of->n);
    }
    return updated;
}

static int64_t add_float32(chunk *of, int16_t *columns, totals *to) { return add_chunk(of, FLOAT32, columns, to); }

static int64_t add_bfloat16(chunk *of, int16_t *columns, totals *to) { return add_chunk(of, BFLOAT16, columns, to); }

#if X86
static int64_t add_float16(chunk *of, int16_t *columns, totals *to) { return add_chunk(of, FLOAT16, columns, to); }
#else
#define add_float16 add_float32
#endif

/* Values of a row as float32. */
static void widen(const void *row, int64_t kind, int n, float *into) {
    const uint16_t *narrow = row;
    for (int i = 0; i < n; i++) {
        if (kind == FLOAT32) {
            into[i] = ((const float *)row)[i];
        } else if (kind == BFLOAT16) {
            into[i] = float_of((uint32_t)narrow[i] << 16);
        } else {
            uint32_t sign = (uint32_t)(narrow[i] & 0x8000) << 16, size = narrow[i] & 0x7FFF;
            uint32_t normal = (size << 13) + (size < 0x7C00 ? 0x38000000u : 0x70000000u);
            into[i] = float_of(sign | (size < 0x400 ? bits_of((float)size * 0x1p-24f) : normal));
        }
    }
}

static void add_to(double *sums, const totals *to) {
    for (int k = 0; k < 4; k++) {
        sums[BASE + k] += sum_of(to->base[k]);
        sums[TENSOR + k] += sum_of(to->tensor[k]);
        sums[DELTA + k] += sum_of(to->delta[k]);
    }
    sums[BASE_SQUARES] += sum_of(to->base[SECOND]);
    sums[SQUARES] += sum_of(to->tensor[SECOND]);
    sums[DELTA_SQUARES] += sum_of(to->delta[SECOND]);
    sums[BASE_TIMES_DELTA] += sum_of(to->product);
    sums[RELATIVE] += (double)to->relative, sums[BF16] += (double)to->bf16, sums[EXACT] += (double)to->exact;
    for (int k = 0; k < TOLERANCES; k++)
        sums[WITHIN + k] += (double)to->within[k];
}

/* Rows of both tensors, at most MOST_ROWS (kinds as in the enumeration; strides in elements). Of the updates within a
 * tolerance, only those in its own bucket are counted: the caller adds the buckets below. `column_updated` has room for
 * STEP further columns. Stops at the first chunk with a value that is not finite; the largest value of its side is then
 * infinite. */
void add_large_rows(const void *base, const void *tensor, int64_t base_kind, int64_t tensor_kind, int64_t rows,
                    int64_t columns, int64_t base_stride, int64_t tensor_stride, const double *tolerances, double *sums,
                    double *largest, double *row_updated, int16_t *column_updated, uint32_t *histogram) {
    static const int64_t bytes[] = {4, 8, 2, 2};
    float x[CHUNK] ALIGNED, y[CHUNK] ALIGNED;
    totals to = {.tolerances = tolerances, .largest = largest, .histogram = histogram};
    int64_t kind = base_kind == tensor_kind && (base_kind != FLOAT16 || X86) ? base_kind : FLOAT32;
    int widened = kind != base_kind || kind != tensor_kind;
    for (int64_t r = 0; r < rows; r++) {
        const char *left = (const char *)base + r * base_stride * bytes[base_kind];
        const char *right = (const char *)tensor + r * tensor_stride * bytes[tensor_kind];
        int64_t updated = 0;
        for (int64_t c = 0; c < columns; c += CHUNK) {
            int n = columns - c < CHUNK ? (int)(columns - c) : CHUNK, padded = (n + STEP - 1) / STEP * STEP;
            chunk of;
            of.base = left + c * bytes[base_kind], of.tensor = right + c * bytes[tensor_kind];
            of.n = n, of.padded = padded;
            if (widened || n < padded) {
                memset(x, 0, sizeof x), memset(y, 0, sizeof y);
                if (widened) {
                    widen(of.base, base_kind, n, x), widen(of.tensor, tensor_kind, n, y);
                } else {
                    memcpy(x, of.base, (size_t)(n * bytes[kind])), memcpy(y, of.tensor, (size_t)(n * bytes[kind]));
                }
                of.base = x, of.tensor = y;
            }
            int16_t *marks = column_updated + c;
            updated += kind == FLOAT32    ? add_float32(&of, marks, &to)
                       : kind == BFLOAT16 ? add_bfloat16(&of, marks, &to)
                                          : add_float16(&of, marks, &to);
            if (isinf(largest[0]) || isinf(largest[1]))
                return;
        }
        row_updated[r] += (double)updated;
    }
    add_to(sums, &to);
}
