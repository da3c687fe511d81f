/* Every measure of one token in three passes over its two rows of logits, which stay in the cache between passes.
 *
 * The formulas and their names are those of measures.py, which defines them; here they share their terms:
 * with d = log q - log p, x = |d|, t = exp(-x), w = 1 - t and h = max(p, q),
 *     f = x - w, g = x w - f           the KL terms of the model that is the larger, the smaller here
 *     j = ((2 - w) log(2 / (2 - w)) - x t) / 2
 * Sums run in fp32 lanes over at most BLOCK logits and in double beyond.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#define BLOCK 1024
#define TOP 10
#define MEASURES 12

/* exp(x) for x <= 0; the smallest normal number where that would underflow. */
static inline float exp_falling(float x) {
    x = x < -87.3f ? -87.3f : x;
    float n = x * 1.44269504f + 12582912.0f; /* adding 1.5 * 2^23 rounds to an integer */
    n -= 12582912.0f;
    float r = x - n * 0.693359375f;
    r += n * 2.12194440e-4f; /* ln 2 in two parts */
    float e = 1.0f / 5040;
    e = e * r + 1.0f / 720;
    e = e * r + 1.0f / 120;
    e = e * r + 1.0f / 24;
    e = e * r + 1.0f / 6;
    e = e * r + 0.5f;
    e = e * r + 1.0f;
    e = e * r + 1.0f;
    int32_t bits = ((int32_t)n + 127) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return e * scale;
}

/* (x - 1 + exp(-x)) / x^2 for x < 1/2 */
static inline float fall_series(float x) {
    float s = 1.0f / 40320;
    s = s * x - 1.0f / 5040;
    s = s * x + 1.0f / 720;
    s = s * x - 1.0f / 120;
    s = s * x + 1.0f / 24;
    s = s * x - 1.0f / 6;
    return s * x + 0.5f;
}

/* j / x^2 for x < 1/2 */
static inline float mix_series(float x) {
    float s = 1.0f / 92160;
    s = s * x - 1.0f / 11520;
    s = s * x + 1.0f / 2304;
    s = s * x - 1.0f / 384;
    s = s * x + 1.0f / 64;
    s = s * x - 1.0f / 16;
    return s * x + 0.125f;
}

/* log(2 / (2 - w)) = 2 artanh(w / (4 - w)) for 0 <= w <= 1 */
static inline float log_mix(float w) {
    float z = w / (4.0f - w), y = z * z;
    float s = 1.0f / 13;
    s = s * y + 1.0f / 11;
    s = s * y + 1.0f / 9;
    s = s * y + 1.0f / 7;
    s = s * y + 1.0f / 5;
    s = s * y + 1.0f / 3;
    s = s * y + 1.0f;
    return 2.0f * z * s;
}

struct row {
    float top_logit[TOP]; /* the largest logits in falling order, and where they are; of equal ones the first */
    int64_t top_id[TOP];
    int64_t above;       /* logits above the token's */
    double sum, weighted; /* sum of e = exp(z - top), sum of e (z - top) */
};

static void insert_top(struct row *row, float logit, int64_t id) {
    int place = TOP - 1;
    for (; place > 0 && logit > row->top_logit[place - 1]; place--) {
        row->top_logit[place] = row->top_logit[place - 1];
        row->top_id[place] = row->top_id[place - 1];
    }
    row->top_logit[place] = logit;
    row->top_id[place] = id;
}

/* First pass: the largest logits, found by looking only into stretches whose maximum is among them; and the rank. */
static void rank_row(const float *restrict z, int64_t size, int64_t token, struct row *row) {
    for (int i = 0; i < TOP; i++) {
        row->top_logit[i] = -INFINITY;
        row->top_id[i] = -1;
    }
    row->above = 0;
    float own = z[token];
    for (int64_t start = 0; start < size; start += 64) {
        int64_t end = start + 64 < size ? start + 64 : size;
        float top = -INFINITY;
        int32_t above = 0;
#pragma omp simd reduction(max : top) reduction(+ : above)
        for (int64_t i = start; i < end; i++) {
            top = z[i] > top ? z[i] : top;
            above += z[i] > own;
        }
        row->above += above;
        if (top > row->top_logit[TOP - 1])
            for (int64_t i = start; i < end; i++)
                if (z[i] > row->top_logit[TOP - 1]) insert_top(row, z[i], i);
    }
}

/* Second pass: e = exp(z - top), kept, and its sums. */
static void normalise_row(const float *restrict z, int64_t size, float *restrict e, struct row *row) {
    float top = row->top_logit[0];
    row->sum = row->weighted = 0;
    for (int64_t start = 0; start < size; start += BLOCK) {
        int64_t end = start + BLOCK < size ? start + BLOCK : size;
        float sum = 0, weighted = 0;
#pragma omp simd reduction(+ : sum, weighted)
        for (int64_t i = start; i < end; i++) {
            float below = z[i] - top;
            e[i] = exp_falling(below);
            sum += e[i];
            weighted += e[i] * below;
        }
        row->sum += sum;
        row->weighted += weighted;
    }
}

/* out: MEASURES values a row, in the order of FUSED in kernel.py; scratch: 2 * size floats. */
void measure_rows(const float *base, const float *checkpoint, const int64_t *token, int64_t rows, int64_t size,
                  int64_t base_stride, int64_t checkpoint_stride, float *scratch, float *out) {
    float *restrict ep = scratch, *restrict eq = scratch + size;
    for (int64_t r = 0; r < rows; r++, out += MEASURES) {
        const float *restrict a = base + r * base_stride, *restrict b = checkpoint + r * checkpoint_stride;
        struct row p, q;
        rank_row(a, size, token[r], &p);
        rank_row(b, size, token[r], &q);
        normalise_row(a, size, ep, &p);
        normalise_row(b, size, eq, &q);
        double log_sum_p = log(p.sum), log_sum_q = log(q.sum);
        double entropy = log_sum_p - p.weighted / p.sum;
        /* d = (b - a) - shift; log p = (a - top) - log sum, centred by adding the entropy */
        const float shift = (float)((q.top_logit[0] + log_sum_q) - (p.top_logit[0] + log_sum_p));
        const float top_p = p.top_logit[0], centre = (float)(entropy - log_sum_p);
        const float scale_p = (float)(1 / p.sum), scale_q = (float)(1 / q.sum);
        double kl = 0, reverse = 0, js = 0, moved = 0, risen = 0, gained = 0, drift = 0;
        for (int64_t start = 0; start < size; start += BLOCK) {
            int64_t end = start + BLOCK < size ? start + BLOCK : size;
            float kl_ = 0, reverse_ = 0, js_ = 0, moved_ = 0, risen_ = 0, gained_ = 0, drift_ = 0;
#pragma omp simd reduction(+ : kl_, reverse_, js_, moved_, risen_, gained_, drift_)
            for (int64_t i = start; i < end; i++) {
                float d = (b[i] - a[i]) - shift, x = fabsf(d), t = exp_falling(-x);
                float pi = ep[i] * scale_p, qi = eq[i] * scale_q;
                float h = d > 0 ? qi : pi;
                float f = x < 0.5f ? x * x * fall_series(x) : x - 1.0f + t;
                float w = x < 0.5f ? x - f : 1.0f - t;
                float g = x * w - f;
                float j = x < 0.5f ? x * x * mix_series(x) : 0.5f * ((2.0f - w) * log_mix(w) - x * t);
                kl_ += h * (d > 0 ? g : f);
                reverse_ += h * (d > 0 ? f : g);
                js_ += h * j;
                moved_ += h * w;
                risen_ += d > 0 ? h * w : 0.0f;
                gained_ += d > 0 ? h : 0.0f;
                drift_ += h * (d > 0 ? w : -w) * ((a[i] - top_p) + centre);
            }
            kl += kl_;
            reverse += reverse_;
            js += js_;
            moved += moved_;
            risen += risen_;
            gained += gained_;
            drift += drift_;
        }
        /* What q gained and what p lost differ by what is left of rounding in the normalisers, the one error that
           total variation feels to first order: taken out of it. */
        double tv = risen - (2 * risen - moved) * gained;
        /* The stable form of the change keeps its digits for small moves, the plain one for large. */
        double change = reverse < 0.1 ? -drift - reverse : log_sum_q - q.weighted / q.sum - entropy;
        int top = size < TOP ? (int)size : TOP, common = 0;
        for (int i = 0; i < top; i++)
            for (int k = 0; k < top; k++) common += p.top_id[i] == q.top_id[k];
        out[0] = (float)kl;
        out[1] = (float)reverse;
        out[2] = (float)js;
        out[3] = (float)(tv > 0 ? tv : 0);
        out[4] = (float)entropy;
        out[5] = (float)change;
        out[6] = p.top_id[0] == q.top_id[0];
        out[7] = (float)common / (float)top;
        out[8] = (float)p.above;
        out[9] = (float)q.above;
        out[10] = (float)(a[token[r]] - (p.top_logit[0] + log_sum_p));
        out[11] = (float)(b[token[r]] - (q.top_logit[0] + log_sum_q));
    }
}
