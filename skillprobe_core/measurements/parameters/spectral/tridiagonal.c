/* All eigenvalues of a symmetric tridiagonal matrix, by the square-root-free QL method of Pal, Walker and Kahan
 * (Parlett, 'The Symmetric Eigenvalue Problem', section 8.15), as LAPACK's dsterf has it.
 *
 * A sweep is one chain of divisions that wait for each other. LANES sweeps, each with its own shift, follow each other
 * here through the matrix at a distance of two rows, one in each lane of a vector: LANES sweeps in the time of one.
 * Their shifts are the eigenvalues of the leading LANES x LANES block.
 */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define LANES 4
#define ONWARD ((places){0, 0, 1, 2}) /* each lane takes what the one before it has */
#define FEW 20                        /* rows of a block that is swept one shift at a time */
#define TRIES 30                      /* sweeps that an eigenvalue may need */

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t places __attribute__((vector_size(LANES * sizeof(int64_t))));
/* Lane by lane; C has no ?: for vectors. */
#define CHOOSE(mask, yes, no) ((lanes)(((mask) & (places)(yes)) | (~(mask) & (places)(no))))

/* Whether a squared entry beside the diagonal adds nothing that rounding would not. */
static inline int negligible(const double *d, const double *squares, int64_t i, double nothing) {
    return squares[i] <= nothing || squares[i] <= DBL_EPSILON * DBL_EPSILON / 4 * fabs(d[i] * d[i + 1]);
}

/* Eigenvalues of a block of n rows in its diagonal's place; 1 where they do not converge. */
static int one_by_one(double *d, double *squares, int64_t n, double nothing) {
    int64_t left = TRIES * n;
    for (int64_t l = 0; l < n;) {
        int64_t m = l;
        while (m < n - 1 && !negligible(d, squares, m, nothing)) m++;
        if (m == l) {
            l++;
            continue;
        }
        if (left-- == 0) return 1;
        double beside = sqrt(squares[l]), half = (d[l + 1] - d[l]) / (2 * beside);
        double shift = d[l] - beside / (half + copysign(sqrt(half * half + 1), half));
        double c = 1, s = 0, gamma = d[m] - shift, p = gamma * gamma;
        for (int64_t i = m - 1; i >= l; i--) {
            double bb = squares[i], r = p + bb, before = c, old = gamma, alpha = d[i];
            if (i != m - 1) squares[i + 1] = s * r;
            c = p / r, s = bb / r;
            gamma = c * (alpha - shift) - s * old;
            d[i + 1] = old + (alpha - gamma);
            p = c != 0 ? gamma * gamma / c : before * bb;
        }
        squares[l] = s * p;
        d[l] = shift + gamma;
    }
    return 0;
}

/* LANES sweeps over a block of n rows. Lane k is at row n - 1 - t + 2 k at time t; what it makes of a row is what the
 * next lane takes one step later. Beyond its ends the matrix is continued by zeros. */
static void sweep(double *d, double *squares, int64_t n, const double *shifts) {
    lanes zero = {0}, one = zero + 1, shift, c = one, s = zero, gamma = zero, p = one, out_d = zero, out_e = zero;
    places first = {0};
    memcpy(&shift, shifts, sizeof shift);
    for (int k = 0; k < LANES; k++) first[k] = 2 * k; /* when it begins */
    for (int64_t t = 0; t < n + 2 * LANES; t++) {
        int64_t i = n - 1 - t, done = i + 2 * (LANES - 1) + 1;
        lanes alpha = __builtin_shuffle(out_d, ONWARD), bb = __builtin_shuffle(out_e, ONWARD);
        alpha[0] = i >= 0 ? d[i] : 0;
        bb[0] = i >= 0 && i < n - 1 ? squares[i] : 0;
        if (t <= 2 * (LANES - 1)) {
            places fresh = first == t;
            c = CHOOSE(fresh, one, c), s = CHOOSE(fresh, zero, s), gamma = CHOOSE(fresh, zero, gamma);
            p = CHOOSE(fresh, one, p), bb = CHOOSE(fresh, zero, bb); /* nothing beside the last row */
        }
        lanes r = p + bb, inverse = one / r, quotient = r / p, before = c, old = gamma;
        out_e = s * r;
        c = p * inverse, s = bb * inverse;
        gamma = c * (alpha - shift) - s * old;
        out_d = old + (alpha - gamma);
        p = CHOOSE(p != zero, gamma * gamma * quotient, before * bb);
        if (done >= 0 && done < n) d[done] = out_d[LANES - 1], squares[done] = out_e[LANES - 1];
    }
}

/* Eigenvalues, in no order, in the diagonal's place; `squares` are those of the n - 1 entries beside it and one place
 * more. 1 where they do not converge. */
int tridiagonal_values(int64_t n, double *d, double *squares) {
    double largest = 0;
    for (int64_t i = 0; i < n; i++) {
        largest = fabs(d[i]) > largest ? fabs(d[i]) : largest;
        if (i < n - 1) largest = sqrt(squares[i]) > largest ? sqrt(squares[i]) : largest;
    }
    double nothing = largest * largest * DBL_EPSILON * DBL_EPSILON * 1e-4;
    int64_t left = TRIES * n;
    for (int64_t l = 0; l < n;) {
        int64_t m = l;
        while (m < n - 1 && !negligible(d, squares, m, nothing)) m++;
        int64_t rows = m - l + 1;
        if (rows <= FEW) {
            if (one_by_one(d + l, squares + l, rows, nothing)) return 1;
            l = m + 1;
            continue;
        }
        if (left-- == 0) return 1;
        double shifts[LANES], beside[LANES];
        memcpy(shifts, d + l, sizeof shifts);
        memcpy(beside, squares + l, sizeof beside);
        if (one_by_one(shifts, beside, LANES, nothing)) return 1;
        sweep(d + l, squares + l, rows, shifts);
    }
    return 0;
}
