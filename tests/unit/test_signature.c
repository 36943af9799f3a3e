#include "spec/keyring.h"
#include "spec/signature_secret.h"
#include "spec/trusted_text.h"
#include "tests/unit/signature_samples.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* A parser gets a copy that ends where the text ends, so that a sanitizer sees it read too far. */
static Signature *parse(const char *text, gsize length, GError **error)
{
    g_autofree char *copy = g_memdup2(text, MAX(length, 1));
    return signature_parse(copy, length, error);
}

static gboolean parse_public(const char *text, gsize length, PublicKey *out, GError **error)
{
    g_autofree char *copy = g_memdup2(text, MAX(length, 1));
    return public_key_parse(copy, length, out, error);
}

static SecretKey *parse_secret(const char *text, gsize length, GError **error)
{
    g_autofree char *copy = g_memdup2(text, MAX(length, 1));
    return secret_key_parse(copy, length, error);
}

static PublicKey sample_key(void)
{
    PublicKey key;
    ck_assert(parse_public(SAMPLE_PUBLIC_KEY, strlen(SAMPLE_PUBLIC_KEY), &key, NULL));
    return key;
}

static MessageDigest sample_digest(void)
{
    MessageDigest digest;
    message_digest_of(SAMPLE_MESSAGE, strlen(SAMPLE_MESSAGE), &digest);
    return digest;
}

/* Does this text vouch for the digest, by this key? */
static gboolean holds(const char *text, gsize length, const PublicKey *key,
                      const MessageDigest *digest)
{
    g_autoptr(Signature) signature = parse(text, length, NULL);
    return signature != NULL && signature_check(signature, key, digest, NULL);
}

/* A key of our own, another for each number. */
static SecretKey *make_key(guint8 number)
{
    guint8 chance[SECRET_KEY_CHANCE_BYTES];
    memset(chance, number, sizeof chance);
    return secret_key_new(chance);
}

/* ---- texts ---- */

START_TEST(test_samples_of_minisign)
{
    PublicKey key = sample_key();
    MessageDigest digest = sample_digest();
    char id[KEY_ID_TEXT_SIZE];
    key_id_show(key.id, id);
    ck_assert_str_eq(id, SAMPLE_KEY_ID);
    g_autoptr(Signature) signature = parse(SAMPLE_SIGNATURE, strlen(SAMPLE_SIGNATURE), NULL);
    ck_assert_ptr_nonnull(signature);
    ck_assert_str_eq(signature->trusted_comment, "from minisign");
    ck_assert(signature_check(signature, &key, &digest, NULL));
    /* Written again, they are the same. */
    g_autoptr(GString) out = g_string_new(NULL);
    signature_format(signature, "signature from minisign secret key", out);
    ck_assert_str_eq(out->str, SAMPLE_SIGNATURE);
    g_string_truncate(out, 0);
    public_key_format(&key, out);
    ck_assert_str_eq(out->str, SAMPLE_PUBLIC_KEY);
    /* The newline at the end may be missing. */
    ck_assert(holds(SAMPLE_SIGNATURE, strlen(SAMPLE_SIGNATURE) - 1, &key, &digest));
    PublicKey again;
    ck_assert(parse_public(SAMPLE_PUBLIC_KEY, strlen(SAMPLE_PUBLIC_KEY) - 1, &again, NULL));
}
END_TEST

START_TEST(test_secret_key_of_minisign)
{
    g_autoptr(SecretKey) key = parse_secret(SAMPLE_SECRET_KEY, strlen(SAMPLE_SECRET_KEY), NULL);
    ck_assert_ptr_nonnull(key);
    ck_assert(!secret_key_is_locked(key));
    PublicKey half;
    PublicKey expected = sample_key();
    secret_key_get_public(key, &half);
    ck_assert_mem_eq(&half, &expected, sizeof half);
    /* Ed25519 leaves nothing to chance: we sign as minisign does, to the byte. */
    MessageDigest digest = sample_digest();
    g_autoptr(Signature) signature = secret_key_sign(key, &digest, "from minisign");
    g_autoptr(GString) out = g_string_new(NULL);
    signature_format(signature, "signature from minisign secret key", out);
    ck_assert_str_eq(out->str, SAMPLE_SIGNATURE);
    g_string_truncate(out, 0);
    secret_key_format(key, out);
    ck_assert_str_eq(out->str, SAMPLE_SECRET_KEY);
}
END_TEST

/* Where the first line ends: what is before may be changed. */
static gsize first_line(const char *text)
{
    return (gsize)(strchr(text, '\n') - text);
}

START_TEST(test_every_changed_bit_of_a_signature)
{
    PublicKey key = sample_key();
    MessageDigest digest = sample_digest();
    gsize length = strlen(SAMPLE_SIGNATURE);
    ck_assert(holds(SAMPLE_SIGNATURE, length, &key, &digest));
    for (gsize i = first_line(SAMPLE_SIGNATURE) * 8; i < length * 8; i++) {
        g_autofree char *changed = g_strdup(SAMPLE_SIGNATURE);
        changed[i / 8] = (char)(changed[i / 8] ^ (1 << (i % 8)));
        ck_assert_msg(!holds(changed, length, &key, &digest), "bit %zu", i);
    }
}
END_TEST

START_TEST(test_every_changed_bit_of_a_public_key)
{
    MessageDigest digest = sample_digest();
    gsize length = strlen(SAMPLE_PUBLIC_KEY);
    for (gsize i = first_line(SAMPLE_PUBLIC_KEY) * 8; i < length * 8; i++) {
        g_autofree char *changed = g_strdup(SAMPLE_PUBLIC_KEY);
        changed[i / 8] = (char)(changed[i / 8] ^ (1 << (i % 8)));
        PublicKey key;
        ck_assert_msg(!parse_public(changed, length, &key, NULL) ||
                          !holds(SAMPLE_SIGNATURE, strlen(SAMPLE_SIGNATURE), &key, &digest),
                      "bit %zu", i);
    }
}
END_TEST

START_TEST(test_every_changed_bit_of_the_message)
{
    PublicKey key = sample_key();
    for (gsize i = 0; i < strlen(SAMPLE_MESSAGE) * 8; i++) {
        MessageDigest digest;
        g_autofree char *changed = g_strdup(SAMPLE_MESSAGE);
        changed[i / 8] = (char)(changed[i / 8] ^ (1 << (i % 8)));
        message_digest_of(changed, strlen(SAMPLE_MESSAGE), &digest);
        ck_assert_msg(!holds(SAMPLE_SIGNATURE, strlen(SAMPLE_SIGNATURE), &key, &digest), "bit %zu",
                      i);
    }
}
END_TEST

START_TEST(test_every_cut)
{
    PublicKey key = sample_key();
    MessageDigest digest = sample_digest();
    for (gsize length = 0; length < strlen(SAMPLE_SIGNATURE) - 1; length++) {
        ck_assert_msg(!holds(SAMPLE_SIGNATURE, length, &key, &digest), "%zu bytes", length);
    }
    for (gsize length = 0; length < strlen(SAMPLE_SECRET_KEY) - 1; length++) {
        ck_assert_ptr_null(parse_secret(SAMPLE_SECRET_KEY, length, NULL));
    }
}
END_TEST

/* Without a password, minisign puts no sum beside the key: a changed id or salt is not seen. The
 * secret itself fits no public half any more. */
START_TEST(test_every_changed_bit_of_a_secret_key)
{
    gsize length = strlen(SAMPLE_SECRET_KEY);
    PublicKey expected = sample_key();
    for (gsize i = first_line(SAMPLE_SECRET_KEY) * 8; i < length * 8; i++) {
        g_autofree char *changed = g_strdup(SAMPLE_SECRET_KEY);
        changed[i / 8] = (char)(changed[i / 8] ^ (1 << (i % 8)));
        g_autoptr(SecretKey) key = parse_secret(changed, length, NULL);
        if (key != NULL && !secret_key_is_locked(key)) {
            PublicKey half;
            secret_key_get_public(key, &half);
            ck_assert_mem_eq(half.bytes, expected.bytes, sizeof half.bytes);
        }
    }
}
END_TEST

START_TEST(test_every_changed_bit_of_a_secret_key_with_its_sum)
{
    g_autoptr(SecretKey) made = make_key(1);
    g_autoptr(GString) text = g_string_new(NULL);
    secret_key_format(made, text);
    PublicKey expected;
    secret_key_get_public(made, &expected);
    for (gsize i = first_line(text->str) * 8; i < text->len * 8; i++) {
        g_autofree char *changed = g_strdup(text->str);
        changed[i / 8] = (char)(changed[i / 8] ^ (1 << (i % 8)));
        g_autoptr(SecretKey) key = parse_secret(changed, text->len, NULL);
        if (key != NULL && !secret_key_is_locked(key)) {
            PublicKey half;
            secret_key_get_public(key, &half);
            ck_assert_mem_eq(&half, &expected, sizeof half);
        }
    }
}
END_TEST

/* ---- refusals ---- */

#define HEAD "untrusted comment: x\n"
#define FIRST                                                                                      \
    "RUROKI0dB1zR7BK+"                                                                             \
    "oL3KWP3huQGuAi0T7neNPqKIyG0ftNooaVaA6fIoxFetOyRFGpcY5jVoHn8p6tJEJQu9P3a7BSgo9mVSPQ0="
#define SECOND                                                                                     \
    "Rb0v62sN3sAoUdrolexCiQPcVMgaflur7bA/76BflsUXjC53bs5Jy55n26KTy8FOelbTWADHbbRZTlzctzs4Cw=="
#define TRUSTED "trusted comment: from minisign\n"

static const struct {
    const char *text;
    gsize length; /* 0: up to the NUL */
    const char *message;
} refused[] = {
    {"", 0, "line 1: expected one more line, found the end"},
    {"\n", 0, "line 1: expected it to begin with 'untrusted comment: '"},
    {"untrusted comment:x\n" FIRST "\n" TRUSTED SECOND "\n", 0,
     "line 1: expected it to begin with 'untrusted comment: '"},
    {"Untrusted comment: x\n" FIRST "\n" TRUSTED SECOND "\n", 0,
     "line 1: expected it to begin with 'untrusted comment: '"},
    {"\n" HEAD FIRST "\n" TRUSTED SECOND "\n", 0,
     "line 1: expected it to begin with 'untrusted comment: '"},
    {HEAD, 0, "line 2: expected one more line, found the end"},
    {HEAD FIRST "\n", 0, "line 3: expected one more line, found the end"},
    {HEAD FIRST "\n" TRUSTED, 0, "line 4: expected one more line, found the end"},
    {HEAD FIRST "\n" TRUSTED SECOND "\n\n", 0, "line 4: expected the end behind it, found more"},
    {HEAD FIRST "\n" TRUSTED SECOND "\nx", 0, "line 4: expected the end behind it, found more"},
    {HEAD FIRST "\n" TRUSTED SECOND "x", 0,
     "line 4: expected 88 characters of base64, found 89 bytes"},
    {HEAD FIRST "\n" TRUSTED SECOND " \n", 0,
     "line 4: expected 88 characters of base64, found 89 bytes"},
    {HEAD FIRST "\r\n" TRUSTED SECOND "\n", 0, "line 2: expected lines that end in LF, found a CR"},
    {HEAD FIRST "\n" TRUSTED SECOND "\r\n", 0, "line 4: expected lines that end in LF, found a CR"},
    {HEAD "\n" FIRST "\n" TRUSTED SECOND "\n", 0,
     "line 2: expected 100 characters of base64, found 0 bytes"},
    {HEAD " " FIRST "\n" TRUSTED SECOND "\n", 0,
     "line 2: expected 100 characters of base64, found 101 bytes"},
    {HEAD "\xaf" FIRST "\n" TRUSTED SECOND "\n", 0,
     "line 2: expected 100 characters of base64, found 101 bytes"},
    {HEAD FIRST "\nTrusted comment: from minisign\n" SECOND "\n", 0,
     "line 3: expected it to begin with 'trusted comment: '"},
    {HEAD FIRST "\ntrusted comment: \xff\n" SECOND "\n", 0,
     "line 3: expected one line of UTF-8 without control characters, of at most 8174 bytes"},
    {HEAD FIRST "\ntrusted comment: \x1b[2J\n" SECOND "\n", 0,
     "line 3: expected one line of UTF-8 without control characters, of at most 8174 bytes"},
    {HEAD FIRST "\ntrusted comment: \xc2\x9b\n" SECOND "\n", 0,
     "line 3: expected one line of UTF-8 without control characters, of at most 8174 bytes"},
    {"untrusted comment: \0\n" FIRST "\n" TRUSTED SECOND "\n",
     sizeof("untrusted comment: \0\n" FIRST "\n" TRUSTED SECOND "\n") - 1,
     "line 1: expected text, found a NUL byte"},
    {HEAD FIRST "\ntrusted comment: a\0b\n" SECOND "\n",
     sizeof(HEAD FIRST "\ntrusted comment: a\0b\n" SECOND "\n") - 1,
     "line 3: expected text, found a NUL byte"},
    {SAMPLE_OLDER_SIGNATURE, 0,
     "line 2: expected a signature over the hash of the bytes (\"ED\"), found one of the older "
     "kind (\"Ed\"; minisign's option -l)"},
    {HEAD "eHhPKI0dB1zR7BK+"
          "oL3KWP3huQGuAi0T7neNPqKIyG0ftNooaVaA6fIoxFetOyRFGpcY5jVoHn8p6tJEJQu9P3a7BSgo9mVSPQ0="
          "\n" TRUSTED SECOND "\n",
     0, "line 2: expected an Ed25519 signature (\"ED\"), found another kind"},
};

START_TEST(test_refused)
{
    gsize length = refused[_i].length != 0 ? refused[_i].length : strlen(refused[_i].text);
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(parse(refused[_i].text, length, &error));
    ck_assert(g_error_matches(error, SIGNATURE_ERROR, SIGNATURE_ERROR_FORMAT));
    ck_assert_str_eq(error->message, refused[_i].message);
}
END_TEST

/* A byte of a line of base64 is put in the place of another. */
static char *with_byte(const char *text, const char *where, gssize offset, char byte)
{
    char *changed = g_strdup(text);
    char *at = strstr(changed, where);
    ck_assert_ptr_nonnull(at);
    at[offset] = byte;
    return changed;
}

START_TEST(test_base64_has_one_form)
{
    PublicKey key = sample_key();
    MessageDigest digest = sample_digest();
    /* libsodium takes all of these for '/'. */
    for (int byte = 0x80; byte <= 0xff; byte++) {
        g_autofree char *changed = with_byte(SAMPLE_SIGNATURE, "7bA/76", 3, (char)byte);
        ck_assert(!holds(changed, strlen(changed), &key, &digest));
    }
    g_autofree char *url = with_byte(SAMPLE_SIGNATURE, "7bA/76", 3, '_');
    ck_assert(!holds(url, strlen(url), &key, &digest));
    g_autofree char *short_of = with_byte(SAMPLE_SIGNATURE, "s4Cw==", 4, 'A');
    ck_assert(!holds(short_of, strlen(short_of), &key, &digest));
    /* Bits that no byte is made of. */
    g_autofree char *bits = with_byte(SAMPLE_SIGNATURE, "s4Cw==", 3, 'x');
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(parse(bits, strlen(bits), &error));
    ck_assert_str_eq(error->message,
                     "line 4: expected base64 as it is written, found other bits at its end");
}
END_TEST

/* S and S + L are the same number to a careless reader: Ed25519's group has L elements. */
START_TEST(test_signature_has_one_number)
{
    static const guint8 order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                     0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    PublicKey key = sample_key();
    MessageDigest digest = sample_digest();
    g_autoptr(Signature) signature = parse(SAMPLE_SIGNATURE, strlen(SAMPLE_SIGNATURE), NULL);
    guint carry = 0;
    for (guint i = 0; i < 32; i++) {
        carry += (guint)signature->bytes[32 + i] + order[i];
        signature->bytes[32 + i] = (guint8)carry;
        carry >>= 8;
    }
    ck_assert_uint_eq(carry, 0);
    ck_assert(!signature_check(signature, &key, &digest, NULL));
}
END_TEST

START_TEST(test_older_kind_passed_off)
{
    /* The 64 bytes that an "ED" signature is over, given out as a message with an "Ed" signature:
     * minisign takes that. */
    g_autofree char *swapped = with_byte(SAMPLE_SIGNATURE, "RUROKI", 1, 'W');
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(parse(swapped, strlen(swapped), &error));
    ck_assert_ptr_nonnull(strstr(error->message, "one of the older kind"));
}
END_TEST

/* A signature whose comments are as long as is said, by a key of our own. */
static gboolean can_have_comments(gsize untrusted, gsize trusted)
{
    g_autoptr(SecretKey) key = make_key(1);
    PublicKey half;
    MessageDigest digest = sample_digest();
    g_autofree char *comment = g_strnfill(untrusted, 'u');
    g_autofree char *signed_comment = g_strnfill(MIN(trusted, SIGNATURE_TRUSTED_COMMENT_MAX), 't');
    secret_key_get_public(key, &half);
    g_autoptr(Signature) signature = secret_key_sign(key, &digest, signed_comment);
    g_free(signature->trusted_comment);
    signature->trusted_comment = g_strnfill(trusted, 't');
    g_autoptr(GString) text = g_string_new(NULL);
    signature_format(signature, comment, text);
    return holds(text->str, text->len, &half, &digest);
}

START_TEST(test_lengths_of_comments)
{
    ck_assert(can_have_comments(0, 0));
    ck_assert(can_have_comments(SIGNATURE_COMMENT_MAX, SIGNATURE_TRUSTED_COMMENT_MAX));
    ck_assert(!can_have_comments(SIGNATURE_COMMENT_MAX + 1, 1));
    ck_assert(!can_have_comments(1, SIGNATURE_TRUSTED_COMMENT_MAX + 1));
    ck_assert_ptr_null(signature_check_comment("timestamp:1\tfile:ä"));
    ck_assert_ptr_nonnull(signature_check_comment("a\nb"));
    ck_assert_ptr_nonnull(signature_check_comment("a\x7f"));
    ck_assert_ptr_nonnull(signature_check_comment("\xc3"));
}
END_TEST

static const struct {
    const char *text;
    const char *message;
} refused_keys[] = {
    {"", "line 1: expected one more line, found the end"},
    {"RWROKI0dB1zR7CpRvxi8cF33i8XR0KEcZCVH52U57O9CoCX50/B7bFPq\n",
     "line 1: expected it to begin with 'untrusted comment: '"},
    {HEAD "RWROKI0dB1zR7CpRvxi8cF33i8XR0KEcZCVH52U57O9CoCX50/B7bFP\n",
     "line 2: expected 56 characters of base64, found 55 bytes"},
    {HEAD "RWROKI0dB1zR7CpRvxi8cF33i8XR0KEcZCVH52U57O9CoCX50/B7bFP=\n",
     "line 2: expected base64, found something else in column 56"},
    {HEAD "RUROKI0dB1zR7CpRvxi8cF33i8XR0KEcZCVH52U57O9CoCX50/B7bFPq\n",
     "line 2: expected an Ed25519 key, found another kind"},
    {HEAD "RWROKI0dB1zR7CpRvxi8cF33i8XR0KEcZCVH52U57O9CoCX50/B7bFPq\n\n",
     "line 2: expected the end behind it, found more"},
    {SAMPLE_SECRET_KEY, "line 2: expected 56 characters of base64, found 212 bytes"},
};

START_TEST(test_refused_keys)
{
    const char *text = refused_keys[_i].text;
    PublicKey key;
    memset(&key, 7, sizeof key);
    PublicKey before = key;
    g_autoptr(GError) error = NULL;
    ck_assert(!parse_public(text, strlen(text), &key, &error));
    ck_assert(g_error_matches(error, SIGNATURE_ERROR, SIGNATURE_ERROR_FORMAT));
    ck_assert_str_eq(error->message, refused_keys[_i].message);
    ck_assert_mem_eq(&key, &before, sizeof key);
}
END_TEST

/* ---- bytes ---- */

START_TEST(test_hash_in_pieces)
{
    g_autofree char *bytes = g_strnfill(1000, 'x');
    MessageDigest whole;
    message_digest_of(bytes, 1000, &whole);
    for (gsize step = 1; step < 1000; step += 37) {
        MessageDigest digest;
        MessageHash *hash = message_hash_new();
        for (gsize at = 0; at < 1000; at += step) {
            message_hash_add(hash, bytes + at, MIN(step, 1000 - at));
        }
        message_hash_end(hash, &digest);
        ck_assert_mem_eq(&digest, &whole, sizeof digest);
    }
    /* RFC 7693, appendix A: of "abc"; and of nothing at all. */
    static const guint8 abc[] = {0xba, 0x80, 0xa5, 0x3f, 0x98, 0x1c, 0x4d, 0x0d};
    message_digest_of("abc", 3, &whole);
    ck_assert_mem_eq(whole.bytes, abc, sizeof abc);
    static const guint8 nothing[] = {0x78, 0x6a, 0x02, 0xf7, 0x42, 0x01, 0x59, 0x03};
    message_digest_of(NULL, 0, &whole);
    ck_assert_mem_eq(whole.bytes, nothing, sizeof nothing);
}
END_TEST

START_TEST(test_another_key)
{
    g_autoptr(SecretKey) one = make_key(1);
    g_autoptr(SecretKey) other = make_key(2);
    MessageDigest digest = sample_digest();
    PublicKey half;
    secret_key_get_public(other, &half);
    g_autoptr(Signature) signature = secret_key_sign(one, &digest, "");
    g_autoptr(GError) error = NULL;
    ck_assert(!signature_check(signature, &half, &digest, &error));
    ck_assert(g_error_matches(error, SIGNATURE_ERROR, SIGNATURE_ERROR_REFUSED));
    /* The id is not signed, and proves nothing. */
    memcpy(signature->key_id, half.id, sizeof half.id);
    ck_assert(!signature_check(signature, &half, &digest, NULL));
}
END_TEST

START_TEST(test_ids)
{
    char id[KEY_ID_TEXT_SIZE];
    const guint8 bytes[KEY_ID_BYTES] = {1, 2, 3, 0xab, 5, 6, 7, 0};
    key_id_show(bytes, id);
    ck_assert_str_eq(id, "00070605AB030201");
    ck_assert_ptr_null(key_id_check(id));
    ck_assert_ptr_nonnull(key_id_check("0070605AB030201"));
    ck_assert_ptr_nonnull(key_id_check("00070605AB0302010"));
    ck_assert_ptr_nonnull(key_id_check("00070605ab030201"));
    ck_assert_ptr_nonnull(key_id_check(""));
}
END_TEST

/* ---- passwords ---- */

/* The least that libsodium takes: some milliseconds. */
static const PasswordCost cheap = {32768, 16777216};

START_TEST(test_password)
{
    g_autoptr(SecretKey) key = make_key(3);
    PublicKey expected;
    PublicKey half;
    gboolean is_weaker = TRUE;
    secret_key_get_public(key, &expected);
    ck_assert(secret_key_lock(key, "pa55", &cheap, &is_weaker, NULL));
    ck_assert(!is_weaker && secret_key_is_locked(key));
    g_autoptr(GString) text = g_string_new(NULL);
    secret_key_format(key, text);
    g_autoptr(SecretKey) again = parse_secret(text->str, text->len, NULL);
    ck_assert_ptr_nonnull(again);
    ck_assert(secret_key_is_locked(again));
    g_autoptr(GError) error = NULL;
    ck_assert(!secret_key_unlock(again, "pa5", &error));
    ck_assert(g_error_matches(error, SIGNATURE_ERROR, SIGNATURE_ERROR_KEY));
    ck_assert_str_eq(error->message, "the password is wrong, or the key is damaged");
    ck_assert(!secret_key_unlock(again, "", NULL));
    ck_assert(secret_key_is_locked(again));
    ck_assert(secret_key_unlock(again, "pa55", NULL));
    ck_assert(!secret_key_is_locked(again));
    secret_key_get_public(again, &half);
    ck_assert_mem_eq(&half, &expected, sizeof half);
}
END_TEST

START_TEST(test_every_changed_byte_of_a_locked_key)
{
    g_autoptr(SecretKey) key = make_key(3);
    gboolean is_weaker;
    ck_assert(secret_key_lock(key, "pa55", &cheap, &is_weaker, NULL));
    g_autoptr(GString) text = g_string_new(NULL);
    secret_key_format(key, text);
    gsize start = first_line(text->str) + 1;
    /* Those of the cost would take long, or too much; a step of 5 reaches all kinds of places. */
    for (gsize i = start; i + 1 < text->len; i += 5) {
        gsize byte = (i - start) / 4 * 3;
        if (byte >= 36 && byte < 56) {
            continue;
        }
        g_autofree char *changed = g_strdup(text->str);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        g_autoptr(SecretKey) again = parse_secret(changed, text->len, NULL);
        ck_assert_msg(again == NULL || !secret_key_is_locked(again) ||
                          !secret_key_unlock(again, "pa55", NULL),
                      "byte %zu", i);
    }
}
END_TEST

START_TEST(test_locked_key_of_minisign)
{
    g_autoptr(SecretKey) key = parse_secret(SAMPLE_LOCKED_KEY, strlen(SAMPLE_LOCKED_KEY), NULL);
    ck_assert_ptr_nonnull(key);
    ck_assert(secret_key_is_locked(key));
    g_autoptr(GString) text = g_string_new(NULL);
    secret_key_format(key, text);
    ck_assert_str_eq(text->str, SAMPLE_LOCKED_KEY);
    g_autoptr(GError) error = NULL;
    ck_assert_msg(secret_key_unlock(key, "pa55", &error), "%s",
                  error != NULL ? error->message : "");
}
END_TEST

/* The sample with one more or less in the byte of its cost that stands highest: 6 bytes of kinds
 * and 32 of salt come before, and both numbers are little-endian. */
static const struct {
    guint place;
    guint8 byte;
    gboolean is_taken;
} costs[] = {
    {38 + 3, 0x02, TRUE},  {38 + 3, 0x03, FALSE}, {38, 0x01, FALSE},     {38 + 7, 0x01, FALSE},
    {38 + 3, 0x00, TRUE},  {46 + 3, 0x40, TRUE},  {46 + 3, 0x41, FALSE}, {46, 0x01, FALSE},
    {46 + 7, 0x80, FALSE}, {46 + 3, 0x00, TRUE},
};

START_TEST(test_cost_has_a_limit)
{
    g_auto(GStrv) lines = g_strsplit(SAMPLE_LOCKED_KEY, "\n", 3);
    gsize length = 0;
    g_autofree guchar *bytes = g_base64_decode(lines[1], &length);
    ck_assert_uint_eq(length, 158);
    bytes[costs[_i].place] = costs[_i].byte;
    g_autofree char *encoded = g_base64_encode(bytes, length);
    g_autofree char *text = g_strdup_printf("%s\n%s\n", lines[0], encoded);
    g_autoptr(GError) error = NULL;
    g_autoptr(SecretKey) key = parse_secret(text, strlen(text), &error);
    ck_assert_int_eq(key != NULL, costs[_i].is_taken);
    ck_assert(key != NULL || strstr(error->message, "takes at most 1 GiB") != NULL);
}
END_TEST

/* ---- keyrings ---- */

static void add_signature(GPtrArray *files, guint8 number, const MessageDigest *digest)
{
    g_autoptr(SecretKey) key = make_key(number);
    g_autoptr(Signature) signature = secret_key_sign(key, digest, "timestamp:5\tfile:a\thashed");
    g_autoptr(GString) text = g_string_new(NULL);
    signature_format(signature, "", text);
    g_autoptr(GBytes) bytes = g_bytes_new(text->str, text->len);
    g_autofree char *name = g_strdup_printf("s%u", number);
    g_ptr_array_add(files, signature_file_new(name, bytes));
}

static Keyring *make_keyring(guint keys, guint threshold)
{
    Keyring *keyring = keyring_new();
    for (guint i = 1; i <= keys; i++) {
        g_autoptr(SecretKey) key = make_key((guint8)i);
        PublicKey half;
        secret_key_get_public(key, &half);
        ck_assert(keyring_add(keyring, &half, "a key", NULL));
    }
    ck_assert(keyring_set_threshold(keyring, threshold, NULL));
    return keyring;
}

START_TEST(test_threshold)
{
    g_autoptr(Keyring) keyring = make_keyring(3, 2);
    g_autoptr(GPtrArray) files =
        g_ptr_array_new_with_free_func((GDestroyNotify)signature_file_free);
    g_autoptr(GPtrArray) signers = g_ptr_array_new_with_free_func((GDestroyNotify)signer_free);
    MessageDigest digest = sample_digest();
    g_autoptr(GError) error = NULL;
    ck_assert(!keyring_check(keyring, &digest, NULL, files, signers, &error));
    ck_assert_str_eq(error->message,
                     "expected signatures by 2 of the 3 trusted keys, found none beside it");
    g_clear_error(&error);
    add_signature(files, 1, &digest);
    add_signature(files, 1, &digest);
    add_signature(files, 4, &digest);
    ck_assert(!keyring_check(keyring, &digest, NULL, files, signers, &error));
    ck_assert(g_error_matches(error, SIGNATURE_ERROR, SIGNATURE_ERROR_REFUSED));
    ck_assert_str_eq(error->message,
                     "expected signatures by 2 of the 3 trusted keys, found 1; s1: the key "
                     "0101010101010101 has signed; s1: the key 0101010101010101 once more; s4: the "
                     "key 0404040404040404 is none of those");
    ck_assert_uint_eq(signers->len, 0);
    /* What does not count takes nothing away either. */
    add_signature(files, 3, &digest);
    ck_assert(keyring_check(keyring, &digest, NULL, files, signers, NULL));
    ck_assert_uint_eq(signers->len, 2);
    ck_assert_str_eq(((Signer *)signers->pdata[1])->key_id, "0303030303030303");
    keyring_revoke(keyring, "0303030303030303");
    ck_assert(!keyring_check(keyring, &digest, NULL, files, NULL, NULL));
}
END_TEST

static const struct {
    const char *name;
    gboolean is_taken;
} names[] = {{NULL, TRUE},  {"a", TRUE},       {"b", FALSE},      {"", FALSE},
             {"aa", FALSE}, {"file:a", FALSE}, {"hashed", FALSE}, {"a\thashed", FALSE}};

START_TEST(test_a_signature_is_for_one_name)
{
    g_autoptr(Keyring) keyring = make_keyring(1, 1);
    g_autoptr(GPtrArray) files =
        g_ptr_array_new_with_free_func((GDestroyNotify)signature_file_free);
    MessageDigest digest = sample_digest();
    g_autoptr(GError) error = NULL;
    add_signature(files, 1, &digest);
    gboolean is_taken = keyring_check(keyring, &digest, names[_i].name, files, NULL, &error);
    ck_assert_int_eq(is_taken, names[_i].is_taken);
    ck_assert(is_taken || strstr(error->message, "in its trusted comment, found file:a") != NULL);
}
END_TEST

static const struct {
    const char *path;
    const char *name;
} signed_names[] = {{"/srv/lab.yaml", "lab.yaml"},
                    {"https://h/a/lab.yaml", "lab.yaml"},
                    {"https://h/racks/MANIFEST", "racks/MANIFEST"},
                    {"https://h/MANIFEST", "h/MANIFEST"},
                    {"/MANIFEST", "MANIFEST"},
                    {"MANIFEST", "MANIFEST"},
                    {"/a/MANIFEST.yaml", "MANIFEST.yaml"},
                    {"/a\tfile:b/MANIFEST", "a?file:b/MANIFEST"}};

START_TEST(test_what_is_signed_is_called)
{
    g_autofree char *name = manifest_signed_name(signed_names[_i].path);
    ck_assert_str_eq(name, signed_names[_i].name);
}
END_TEST

START_TEST(test_keys_that_would_count_twice)
{
    g_autoptr(Keyring) keyring = make_keyring(1, 1);
    g_autoptr(SecretKey) key = make_key(1);
    PublicKey half;
    secret_key_get_public(key, &half);
    ck_assert(keyring_add(keyring, &half, "again", NULL));
    ck_assert_uint_eq(keyring_count(keyring), 1);
    g_autoptr(GError) error = NULL;
    PublicKey other_id = half;
    other_id.id[0] ^= 1;
    ck_assert(!keyring_add(keyring, &other_id, "b", &error));
    ck_assert_str_eq(error->message,
                     "b: expected a key of its own, found that of a key under another id");
    g_clear_error(&error);
    PublicKey other_bytes = half;
    other_bytes.bytes[0] ^= 1;
    ck_assert(!keyring_add(keyring, &other_bytes, "b", &error));
    ck_assert_str_eq(error->message,
                     "b: expected a key with an id of its own, found that of a key");
    g_clear_error(&error);
    ck_assert(!keyring_set_threshold(keyring, 2, &error));
    ck_assert_str_eq(error->message, "expected at least 2 different keys that are not revoked, "
                                     "found 1");
}
END_TEST

START_TEST(test_trusted_text)
{
    g_autoptr(Keyring) keyring = make_keyring(1, 1);
    g_autoptr(GPtrArray) files =
        g_ptr_array_new_with_free_func((GDestroyNotify)signature_file_free);
    g_autoptr(GBytes) bytes = g_bytes_new_static(SAMPLE_MESSAGE, strlen(SAMPLE_MESSAGE));
    MessageDigest digest = sample_digest();
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(trusted_text_new_signed("a", bytes, NULL, keyring, files, &error));
    ck_assert_str_eq(error->message,
                     "expected a signature by the trusted key 0101010101010101, found none beside "
                     "it");
    add_signature(files, 1, &digest);
    g_autoptr(TrustedText) text = trusted_text_new_signed("a", bytes, "a", keyring, files, NULL);
    ck_assert_ptr_nonnull(text);
    ck_assert(!trusted_text_is_local(text));
    ck_assert_uint_eq(strlen(trusted_text_signed_digest(text)), 2 * MESSAGE_DIGEST_BYTES);
    g_autoptr(TrustedText) local = trusted_text_new_local("a", bytes);
    ck_assert(trusted_text_is_local(local));
    ck_assert_ptr_null(trusted_text_signed_digest(local));
}
END_TEST

/* ---- manifests ---- */

/* 128 digits. */
#define DIGITS16 "0123456789abcdef"
#define DIGITS   DIGITS16 DIGITS16 DIGITS16 DIGITS16 DIGITS16 DIGITS16 DIGITS16 DIGITS16

static const struct {
    const char *text;
    const char *message;
} refused_manifests[] = {
    {"\n", "line 1 of the manifest: expected 128 hexadecimal digits, two blanks and a name, found "
           "something else"},
    {DIGITS "  a.yaml",
     "line 1 of the manifest: expected a line of text that ends, found something "
     "else"},
    {DIGITS "  a.yaml\n" DIGITS "  a.yaml\n",
     "line 2 of the manifest: expected each name once, found something else"},
    {DIGITS " *a.yaml\n", "line 1 of the manifest: expected 128 hexadecimal digits, two blanks and "
                          "a name, found something else"},
    {DIGITS "0  a.yaml\n",
     "line 1 of the manifest: expected 128 hexadecimal digits, two blanks and "
     "a name, found something else"},
    {DIGITS "  b/a.yaml\n",
     "line 1 of the manifest: expected a name *.yaml of printable UTF-8 that "
     "does not begin with a dot, found something else"},
    {DIGITS "  .a.yaml\n", "line 1 of the manifest: expected a name *.yaml of printable UTF-8 that "
                           "does not begin with a dot, found something else"},
    {DIGITS "  a.yaml\r\n",
     "line 1 of the manifest: expected a name *.yaml of printable UTF-8 that "
     "does not begin with a dot, found something else"},
    {DIGITS "  a.yml\n", "line 1 of the manifest: expected a name *.yaml of printable UTF-8 that "
                         "does not begin with a dot, found something else"},
};

START_TEST(test_refused_manifests)
{
    const char *text = refused_manifests[_i].text;
    g_autoptr(GError) error = NULL;
    g_autofree char *copy = g_memdup2(text, strlen(text));
    ck_assert_ptr_null(manifest_parse(copy, strlen(text), &error));
    ck_assert(g_error_matches(error, SIGNATURE_ERROR, SIGNATURE_ERROR_FORMAT));
    ck_assert_str_eq(error->message, refused_manifests[_i].message);
}
END_TEST

START_TEST(test_manifest)
{
    g_autoptr(GString) text = g_string_new(NULL);
    MessageDigest digest = sample_digest();
    MessageDigest other;
    message_digest_of("x", 1, &other);
    for (guint i = 0; i < MANIFEST_FILES_MAX; i++) {
        g_autofree char *name = g_strdup_printf("%u.yaml", i);
        manifest_format_line(name, &digest, text);
    }
    g_autoptr(Manifest) manifest = manifest_parse(text->str, text->len, NULL);
    ck_assert_ptr_nonnull(manifest);
    ck_assert_uint_eq(manifest_count(manifest), MANIFEST_FILES_MAX);
    ck_assert(manifest_check(manifest, "7.yaml", &digest, NULL));
    ck_assert(!manifest_check(manifest, "7.yaml", &other, NULL));
    g_autoptr(GError) error = NULL;
    ck_assert(!manifest_check(manifest, "a.yaml", &digest, &error));
    ck_assert(g_error_matches(error, SIGNATURE_ERROR, SIGNATURE_ERROR_REFUSED));
    manifest_format_line("a.yaml", &digest, text);
    ck_assert_ptr_null(manifest_parse(text->str, text->len, NULL));
    g_autofree char *longest = g_strnfill(248, 'a');
    g_autofree char *name = g_strconcat(longest, ".yaml", NULL);
    g_autofree char *longer = g_strconcat("a", name, NULL);
    ck_assert_ptr_null(manifest_check_name(name));
    ck_assert_ptr_nonnull(manifest_check_name(longer));
    ck_assert_ptr_nonnull(manifest_check_name("\xff.yaml"));
}
END_TEST

static void add_texts(TCase *tests)
{
    tcase_add_test(tests, test_samples_of_minisign);
    tcase_add_test(tests, test_secret_key_of_minisign);
    tcase_add_test(tests, test_every_changed_bit_of_a_signature);
    tcase_add_test(tests, test_every_changed_bit_of_a_public_key);
    tcase_add_test(tests, test_every_changed_bit_of_the_message);
    tcase_add_test(tests, test_every_changed_bit_of_a_secret_key);
    tcase_add_test(tests, test_every_changed_bit_of_a_secret_key_with_its_sum);
    tcase_add_test(tests, test_every_cut);
    tcase_add_loop_test(tests, test_refused, 0, G_N_ELEMENTS(refused));
    tcase_add_loop_test(tests, test_refused_keys, 0, G_N_ELEMENTS(refused_keys));
    tcase_add_test(tests, test_base64_has_one_form);
    tcase_add_test(tests, test_signature_has_one_number);
    tcase_add_test(tests, test_older_kind_passed_off);
    tcase_add_test(tests, test_lengths_of_comments);
}

int main(void)
{
    Suite *suite = suite_create("signature");
    TCase *tests = tcase_create("signature");
    add_texts(tests);
    tcase_add_test(tests, test_hash_in_pieces);
    tcase_add_test(tests, test_another_key);
    tcase_add_test(tests, test_ids);
    tcase_add_test(tests, test_password);
    tcase_add_test(tests, test_every_changed_byte_of_a_locked_key);
    tcase_add_test(tests, test_locked_key_of_minisign);
    tcase_add_loop_test(tests, test_cost_has_a_limit, 0, G_N_ELEMENTS(costs));
    tcase_add_loop_test(tests, test_refused_manifests, 0, G_N_ELEMENTS(refused_manifests));
    tcase_add_test(tests, test_manifest);
    tcase_add_test(tests, test_threshold);
    tcase_add_loop_test(tests, test_a_signature_is_for_one_name, 0, (int)G_N_ELEMENTS(names));
    tcase_add_loop_test(tests, test_what_is_signed_is_called, 0, (int)G_N_ELEMENTS(signed_names));
    tcase_add_test(tests, test_keys_that_would_count_twice);
    tcase_add_test(tests, test_trusted_text);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
