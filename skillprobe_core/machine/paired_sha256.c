/* SHA-256 (FIPS 180-4) of two overlapping texts in one pass, by the SHA instructions of x86-64.

   A single digest waits for the latency of each round. The rounds of the second digest fill these gaps, so that two
   digests take little longer than one. */

#include <stdint.h>
#include <string.h>

#if defined(__SHA__) && defined(__SSE4_1__) && defined(__SSSE3__)
#include <immintrin.h>

#define BLOCK 64

typedef struct {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t pending[BLOCK]; /* the last bytes % BLOCK bytes */
} Digest;

static const uint32_t K[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* `count` blocks for each of one or two digests; `streams` is a constant where this is inlined. */
static inline __attribute__((always_inline)) void add_blocks(
    const int streams, Digest *const digests[], const uint8_t *data[], int64_t count)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bULL, 0x0405060700010203ULL);
    __m128i abef[2], cdgh[2], words[2][4];
    for (int s = 0; s < streams; s++) {
        const __m128i *state = (const __m128i *)digests[s]->state;
        const __m128i low = _mm_shuffle_epi32(_mm_loadu_si128(state), 0xB1);
        const __m128i high = _mm_shuffle_epi32(_mm_loadu_si128(state + 1), 0x1B);
        abef[s] = _mm_alignr_epi8(low, high, 8);
        cdgh[s] = _mm_blend_epi16(high, low, 0xF0);
    }
    for (; count > 0; count--) {
        __m128i abef_before[2], cdgh_before[2];
        for (int s = 0; s < streams; s++) {
            abef_before[s] = abef[s];
            cdgh_before[s] = cdgh[s];
        }
#pragma GCC unroll 16
        for (int four = 0; four < 16; four++) {
#pragma GCC unroll 2
            for (int s = 0; s < streams; s++) {
                __m128i *own = words[s];
                if (four < 4) {
                    own[four] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)data[s] + four), big_endian);
                } else {
                    const __m128i before = own[(four + 3) % 4], earlier = own[(four + 2) % 4];
                    const __m128i sum = _mm_add_epi32(
                        _mm_sha256msg1_epu32(own[four % 4], own[(four + 1) % 4]), _mm_alignr_epi8(before, earlier, 4));
                    own[four % 4] = _mm_sha256msg2_epu32(sum, before);
                }
                const __m128i keyed = _mm_add_epi32(own[four % 4], _mm_load_si128((const __m128i *)K + four));
                cdgh[s] = _mm_sha256rnds2_epu32(cdgh[s], abef[s], keyed);
                abef[s] = _mm_sha256rnds2_epu32(abef[s], cdgh[s], _mm_shuffle_epi32(keyed, 0x0E));
            }
        }
        for (int s = 0; s < streams; s++) {
            abef[s] = _mm_add_epi32(abef[s], abef_before[s]);
            cdgh[s] = _mm_add_epi32(cdgh[s], cdgh_before[s]);
            data[s] += BLOCK;
        }
    }
    for (int s = 0; s < streams; s++) {
        __m128i *state = (__m128i *)digests[s]->state;
        const __m128i low = _mm_shuffle_epi32(abef[s], 0x1B), high = _mm_shuffle_epi32(cdgh[s], 0xB1);
        _mm_storeu_si128(state, _mm_blend_epi16(low, high, 0xF0));
        _mm_storeu_si128(state + 1, _mm_alignr_epi8(high, low, 8));
    }
}

static void add_alone(Digest *digest, const uint8_t *data, int64_t count)
{
    Digest *const digests[1] = {digest};
    const uint8_t *places[1] = {data};
    add_blocks(1, digests, places, count);
}

/* Complete the block that was begun, as far as the data reach; the number of bytes that this takes. */
static int64_t fill(Digest *digest, const uint8_t *data, int64_t size)
{
    const int64_t begun = digest->bytes % BLOCK;
    const int64_t taken = begun == 0 ? 0 : size < BLOCK - begun ? size : BLOCK - begun;
    memcpy(digest->pending + begun, data, taken);
    if (taken > 0 && begun + taken == BLOCK)
        add_alone(digest, digest->pending, 1);
    digest->bytes += taken;
    return taken;
}

static void keep(Digest *digest, const uint8_t *data, int64_t size)
{
    const int64_t count = size / BLOCK;
    add_alone(digest, data, count);
    memcpy(digest->pending, data + count * BLOCK, size % BLOCK);
    digest->bytes += size;
}

void add_to_one(Digest *digest, const uint8_t *data, int64_t size)
{
    const int64_t taken = fill(digest, data, size);
    keep(digest, data + taken, size - taken);
}

void add_to_both(Digest *first, Digest *second, const uint8_t *data, int64_t size)
{
    Digest *const digests[2] = {first, second};
    const int64_t taken[2] = {fill(first, data, size), fill(second, data, size)};
    const int64_t least = size - (taken[0] > taken[1] ? taken[0] : taken[1]);
    const int64_t count = least / BLOCK;
    const uint8_t *places[2] = {data + taken[0], data + taken[1]};
    add_blocks(2, digests, places, count);
    for (int s = 0; s < 2; s++) {
        digests[s]->bytes += count * BLOCK;
        keep(digests[s], data + taken[s] + count * BLOCK, size - taken[s] - count * BLOCK);
    }
}

void finish(const Digest *digest, uint8_t *result)
{
    Digest last = *digest;
    const uint64_t bits = digest->bytes * 8;
    const int64_t used = digest->bytes % BLOCK;
    uint8_t end[2 * BLOCK] = {0};
    const int64_t size = used < BLOCK - 8 ? BLOCK : 2 * BLOCK;
    memcpy(end, digest->pending, used);
    end[used] = 0x80;
    for (int place = 0; place < 8; place++)
        end[size - 1 - place] = (uint8_t)(bits >> (8 * place));
    add_alone(&last, end, size / BLOCK);
    for (int place = 0; place < 32; place++)
        result[place] = (uint8_t)(last.state[place / 4] >> (24 - 8 * (place % 4)));
}

int available(void) { return 1; }
#else
int available(void) { return 0; }
#endif
