/* Everything that the elementwise families of measures take from two tensors, in one pass over their elements.
 *
 * The families under elementwise/ define each sum; here they share one read. Values are widened to double, row by row
 * in chunks that stay in the first-level cache, and every sum runs in double.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#define CHUNK 1024
#define SUMS 25
#define SHIFT 14 /* bits of a float that a bucket of the histogram leaves out, as in quantiles.py */
#define BUCKETS (1 << (31 - SHIFT))
#define SPARE 8 /* places behind the histogram among which zeros are shared out: one counter would wait for itself */

static inline int32_t bf16_bits(float value) {
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (((bits >> 16) & 1) + bits + 0x7FFF) >> 16;
}

static inline double widen_f32(const void *row, int64_t i) { return ((const float *)row)[i]; }

static inline double widen_f64(const void *row, int64_t i) { return ((const double *)row)[i]; }

static inline double widen_bf16(const void *row, int64_t i) {
    uint32_t bits = (uint32_t)((const uint16_t *)row)[i] << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Sums over a chunk of n elements, added to `sums` in the order of kernel.py's SUMS. */
static void add_chunk(const double *a, const double *b, int n, double pa, double pb, double *sums, double *largest,
                      double *row_updated, double *column_updated, int64_t *histogram) {
    double d[CHUNK], updated[CHUNK];
    double aa = 0, bb = 0, dd = 0, ad = 0, top_a = 0, top_b = 0, top_d = 0, finite = 0;
#pragma omp simd reduction(+ : aa, bb, dd, ad, finite) reduction(max : top_a, top_b, top_d)
    for (int i = 0; i < n; i++) {
        double x = a[i], y = b[i], z = y - x;
        double sx = fabs(x), sy = fabs(y), sz = fabs(z), most = sx > sy ? sx : sy;
        d[i] = z;
        updated[i] = sz > most * 1e-3 ? 1.0 : 0.0;
        finite += sx <= 1.7976931348623157e308 && sy <= 1.7976931348623157e308 ? 0.0 : 1.0;
        aa += x * x, bb += y * y, dd += z * z, ad += x * z;
        top_a = sx > top_a ? sx : top_a, top_b = sy > top_b ? sy : top_b, top_d = sz > top_d ? sz : top_d;
    }
    double a1 = 0, a2 = 0, a3 = 0, a4 = 0, b1 = 0, b2 = 0, b3 = 0, b4 = 0, d1 = 0, d3 = 0, d4 = 0;
#pragma omp simd reduction(+ : a1, a2, a3, a4, b1, b2, b3, b4, d1, d3, d4)
    for (int i = 0; i < n; i++) {
        double x = a[i] - pa, y = b[i] - pb, z = d[i], xx = x * x, yy = y * y, zz = z * z;
        a1 += x, a2 += xx, a3 += xx * x, a4 += xx * xx;
        b1 += y, b2 += yy, b3 += yy * y, b4 += yy * yy;
        d1 += z, d3 += zz * z, d4 += zz * zz;
    }
    double relative = 0, exact = 0, w8 = 0, w7 = 0, w6 = 0, w5 = 0, w4 = 0, w3 = 0;
#pragma omp simd reduction(+ : relative, exact, w8, w7, w6, w5, w4, w3)
    for (int i = 0; i < n; i++) {
        double size = fabs(d[i]);
        relative += updated[i];
        exact += size != 0 ? 1.0 : 0.0;
        w8 += size <= 1e-8 ? 1.0 : 0.0, w7 += size <= 1e-7 ? 1.0 : 0.0, w6 += size <= 1e-6 ? 1.0 : 0.0;
        w5 += size <= 1e-5 ? 1.0 : 0.0, w4 += size <= 1e-4 ? 1.0 : 0.0, w3 += size <= 1e-3 ? 1.0 : 0.0;
    }
    int32_t rounded = 0;
#pragma omp simd reduction(+ : rounded)
    for (int i = 0; i < n; i++)
        rounded += bf16_bits((float)a[i]) != bf16_bits((float)b[i]);
#pragma omp simd
    for (int i = 0; i < n; i++)
        column_updated[i] += updated[i];
    int32_t buckets[CHUNK];
#pragma omp simd
    for (int i = 0; i < n; i++) {
        float size = (float)fabs(d[i]);
        int32_t bits;
        memcpy(&bits, &size, sizeof bits);
        int32_t bucket = bits >> SHIFT;
        buckets[i] = bucket ? bucket : BUCKETS + (i & (SPARE - 1));
    }
    for (int i = 0; i < n; i++)
        histogram[buckets[i]]++;
    *row_updated += relative;
    double found[SUMS] = {aa, bb, dd, ad, a1, a2, a3, a4, b1, b2, b3, b4, d1, dd, d3, d4, relative, (double)rounded,
                          exact, w8, w7, w6, w5, w4, w3};
    for (int k = 0; k < SUMS; k++)
        sums[k] += found[k];
    if (finite > 0) { /* said by a largest value that is none: infinite, or NaN */
        for (int i = 0; i < n; i++) {
            if (!(fabs(a[i]) <= 1.7976931348623157e308)) top_a = INFINITY;
            if (!(fabs(b[i]) <= 1.7976931348623157e308)) top_b = INFINITY;
        }
    }
    largest[0] = top_a > largest[0] ? top_a : largest[0];
    largest[1] = top_b > largest[1] ? top_b : largest[1];
    largest[2] = top_d > largest[2] ? top_d : largest[2];
}

/* Puts the zeros where they belong. */
static void gather_zeros(int64_t *histogram) {
    for (int k = 0; k < SPARE; k++) {
        histogram[0] += histogram[BUCKETS + k];
        histogram[BUCKETS + k] = 0;
    }
}

/* Rows of both tensors (kind 0: float, 1: double, 2: bf16; strides in elements). Stops at the first row that holds a
 * value that is no finite number, whose side then has an infinite largest value. */
void add_rows(const void *base, const void *tensor, int64_t base_kind, int64_t tensor_kind, int64_t rows,
              int64_t columns, int64_t base_stride, int64_t tensor_stride, const double *pivots, double *sums,
              double *largest, double *row_updated, double *column_updated, int64_t *histogram) {
    static const int64_t size[] = {4, 8, 2};
    double a[CHUNK], b[CHUNK];
    for (int64_t r = 0; r < rows; r++) {
        const char *left = (const char *)base + r * base_stride * size[base_kind];
        const char *right = (const char *)tensor + r * tensor_stride * size[tensor_kind];
        for (int64_t c = 0; c < columns; c += CHUNK) {
            int n = columns - c < CHUNK ? (int)(columns - c) : CHUNK;
#define WIDEN(into, row, kind)                                                                                         \
    if (kind == 0)                                                                                                     \
        for (int i = 0; i < n; i++) into[i] = widen_f32(row, c + i);                                                   \
    else if (kind == 1)                                                                                                \
        for (int i = 0; i < n; i++) into[i] = widen_f64(row, c + i);                                                   \
    else                                                                                                               \
        for (int i = 0; i < n; i++) into[i] = widen_bf16(row, c + i);
            WIDEN(a, left, base_kind)
            WIDEN(b, right, tensor_kind)
            add_chunk(a, b, n, pivots[0], pivots[1], sums, largest, row_updated + r, column_updated + c, histogram);
        }
        if (!(largest[0] <= 1.7976931348623157e308 && largest[1] <= 1.7976931348623157e308))
            break;
    }
    gather_zeros(histogram);
}

/* How many of n weights are updated; among the principal ones and updated; principal; low and updated; low. */
void count_masks(const double *base, const double *tensor, const float *principal, int64_t n, double high, double low,
                 double *counts) {
    int64_t u = 0, pu = 0, p = 0, lu = 0, l = 0;
#pragma omp simd reduction(+ : u, pu, p, lu, l)
    for (int64_t i = 0; i < n; i++) {
        double x = fabs(base[i]), y = fabs(tensor[i]), most = x > y ? x : y;
        int64_t is_updated = fabs(tensor[i] - base[i]) > 1e-3 * most, is_principal = fabsf(principal[i]) >= (float)high;
        int64_t is_low = x <= low;
        u += is_updated, p += is_principal, l += is_low;
        pu += is_updated & is_principal, lu += is_updated & is_low;
    }
    counts[0] += u, counts[1] += pu, counts[2] += p, counts[3] += lu, counts[4] += l;
}
