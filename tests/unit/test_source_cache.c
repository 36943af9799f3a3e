/* Copies of sources elsewhere: as they are kept, and what their signatures vouch for. */
#include "agent/source.h"
#include "agent/source_bundle_signed.h"
#include "agent/source_cache.h"
#include "spec/signature_secret.h"
#include "xenbackend/file.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME "url https://specs.example.org/lab.yaml"

static char *folder;

static void folder_make(void)
{
    folder = g_dir_make_tmp("xensure-test-XXXXXX", NULL);
    ck_assert_ptr_nonnull(folder);
}

static void folder_remove_in(const char *path)
{
    g_autoptr(GDir) listing = g_dir_open(path, 0, NULL);
    const char *name = NULL;
    while (listing != NULL && (name = g_dir_read_name(listing)) != NULL) {
        g_autofree char *entry = g_build_filename(path, name, NULL);
        if (g_file_test(entry, G_FILE_TEST_IS_DIR)) {
            folder_remove_in(entry);
        }
        g_remove(entry);
    }
}

static void folder_remove(void)
{
    folder_remove_in(folder);
    g_rmdir(folder);
    g_free(folder);
}

static void add(SourceBundle *bundle, const char *name, const char *text)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    source_bundle_add(bundle, name, bytes);
}

static SourceBundle *make_bundle(const char *text)
{
    SourceBundle *bundle = source_bundle_new(NAME, 1764000000);
    bundle->etag = g_strdup("\"5f3a\"");
    add(bundle, "lab.yaml", text);
    add(bundle, "lab.yaml.minisig", "signature");
    return bundle;
}

/* ---- the text ---- */

START_TEST(test_any_bytes_come_back)
{
    g_autoptr(SourceBundle) bundle = source_bundle_new(NAME, 5);
    g_autoptr(GBytes) bytes = g_bytes_new("a\0\n\nfile 3 x\n", 13);
    g_autoptr(GBytes) none = g_bytes_new(NULL, 0);
    source_bundle_add(bundle, "a b.yaml", bytes);
    source_bundle_add(bundle, "empty", none);
    bundle->commit = g_strdup("c0ffee");
    bundle->generation = g_strdup("42");
    g_autoptr(GString) text = g_string_new(NULL);
    source_bundle_format(bundle, text);
    g_autoptr(SourceBundle) read = source_bundle_parse(text->str, text->len, NULL);
    ck_assert_ptr_nonnull(read);
    ck_assert(source_bundle_equal(bundle, read));
    ck_assert_str_eq(read->source, NAME);
    ck_assert_str_eq(read->commit, "c0ffee");
    ck_assert_str_eq(read->generation, "42");
    ck_assert_ptr_null(read->etag);
    ck_assert_int_eq(read->fetched, 5);
    ck_assert_ptr_null(source_bundle_find(read, "lab.yaml"));
    ck_assert(g_bytes_equal(source_bundle_find(read, "a b.yaml"), bytes));
    /* Neither a part of it nor more than it is taken. */
    for (gsize length = 0; length < text->len; length++) {
        ck_assert_ptr_null(source_bundle_parse(text->str, length, NULL));
    }
    g_string_append_c(text, '\n');
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(source_bundle_parse(text->str, text->len, &error));
    ck_assert(g_error_matches(error, SOURCE_BUNDLE_ERROR, SOURCE_BUNDLE_ERROR_FORMAT));
}
END_TEST

#define HEAD "xensure-source 1\nsource " NAME "\nfetched 1\n"

static const char *const refused[] = {
    "",
    "xensure-source 2\nsource a\nfetched 1\n\n",
    "xensure-source 1\nfetched 1\n\n",
    "xensure-source 1\nsource a\n\n",
    "xensure-source 1\nsource \nfetched 1\n\n",
    HEAD "fetched 2\n\n",
    HEAD "fetched -1\n\n",
    HEAD "etag a\netag b\n\n",
    HEAD "colour red\n\n",
    HEAD "file 1 a\nfile 1 a\n\nab",
    HEAD "file -1 a\n\n",
    HEAD "file 1 \n\na",
    HEAD "file 1\n\na",
    HEAD "file 67108865 a\n\na",
    HEAD "etag \xff\n\n",
};

START_TEST(test_refused)
{
    const char *text = refused[_i];
    ck_assert_ptr_null(source_bundle_parse(text, strlen(text), NULL));
}
END_TEST

START_TEST(test_limits)
{
    g_autoptr(GString) text = g_string_new(HEAD);
    for (guint i = 0; i < SOURCE_BUNDLE_FILES_MAX; i++) {
        g_string_append_printf(text, "file 0 %u\n", i);
    }
    g_autofree char *whole = g_strconcat(text->str, "\n", NULL);
    g_autofree char *over = g_strconcat(text->str, "file 0 a\n\n", NULL);
    g_autoptr(SourceBundle) read = source_bundle_parse(whole, strlen(whole), NULL);
    ck_assert_ptr_nonnull(read);
    ck_assert_ptr_null(source_bundle_parse(over, strlen(over), NULL));
    g_autofree char *name = g_strnfill(SOURCE_BUNDLE_TEXT_MAX, 'a');
    g_autofree char *longest = g_strconcat(HEAD, "file 0 ", name, "\n\n", NULL);
    g_autofree char *longer = g_strconcat(HEAD, "file 0 ", name, name, "\n\n", NULL);
    g_autoptr(SourceBundle) of_longest = source_bundle_parse(longest, strlen(longest), NULL);
    ck_assert_ptr_nonnull(of_longest);
    ck_assert_ptr_null(source_bundle_parse(longer, strlen(longer), NULL));
}
END_TEST

/* ---- what is kept ---- */

static char *kept_path(const char *name)
{
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, NAME, -1);
    return g_build_filename(folder, "sources", digest, name, NULL);
}

static void assert_kept(const char *name, const char *expected)
{
    g_autofree char *path = kept_path(name);
    g_autofree char *text = NULL;
    gsize length = 0;
    ck_assert_msg(g_file_get_contents(path, &text, &length, NULL), "%s is not there", path);
    g_autoptr(SourceBundle) bundle = source_bundle_parse(text, length, NULL);
    ck_assert_ptr_nonnull(bundle);
    GBytes *bytes = source_bundle_find(bundle, "lab.yaml");
    ck_assert_uint_eq(g_bytes_get_size(bytes), strlen(expected));
    ck_assert_mem_eq(g_bytes_get_data(bytes, NULL), expected, strlen(expected));
}

START_TEST(test_the_copy_and_those_before_it)
{
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(source_cache_read(folder, NAME, &error));
    ck_assert_ptr_null(error);
    for (guint i = 1; i <= SOURCE_CACHE_BEFORE + 3; i++) {
        g_autofree char *text = g_strdup_printf("text %u", i);
        g_autoptr(SourceBundle) bundle = make_bundle(text);
        ck_assert(source_cache_keep(folder, bundle, NULL));
        /* The same once more is no other. */
        ck_assert(source_cache_keep(folder, bundle, NULL));
        g_autoptr(SourceBundle) read = source_cache_read(folder, NAME, NULL);
        ck_assert(read != NULL && source_bundle_equal(read, bundle));
    }
    assert_kept("copy", "text 13");
    assert_kept("copy.1", "text 12");
    assert_kept("copy.10", "text 3");
    g_autofree char *more = kept_path("copy.11");
    ck_assert(!g_file_test(more, G_FILE_TEST_EXISTS));
    /* Another ETag of the same bytes is what is asked by from then on. */
    g_autoptr(SourceBundle) bundle = make_bundle("text 13");
    g_free(bundle->etag);
    bundle->etag = g_strdup("\"new\"");
    ck_assert(source_cache_keep(folder, bundle, NULL));
    assert_kept("copy.1", "text 12");
    g_autoptr(SourceBundle) read = source_cache_read(folder, NAME, NULL);
    ck_assert_str_eq(read->etag, "\"new\"");
}
END_TEST

START_TEST(test_a_copy_that_cannot_be_read_is_none)
{
    g_autoptr(SourceBundle) bundle = make_bundle("text");
    ck_assert(source_cache_keep(folder, bundle, NULL));
    g_autofree char *path = kept_path("copy");
    g_autoptr(GError) error = NULL;
    ck_assert(g_file_set_contents(path, "garbage", -1, NULL));
    ck_assert_ptr_null(source_cache_read(folder, NAME, &error));
    ck_assert(g_error_matches(error, SOURCE_BUNDLE_ERROR, SOURCE_BUNDLE_ERROR_FORMAT));
    g_clear_error(&error);
    /* That of another source under this one's digest. */
    g_free(bundle->source);
    bundle->source = g_strdup("url https://evil.example.org/lab.yaml");
    g_autoptr(GString) text = g_string_new(NULL);
    source_bundle_format(bundle, text);
    ck_assert(g_file_set_contents(path, text->str, (gssize)text->len, NULL));
    ck_assert_ptr_null(source_cache_read(folder, NAME, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "found that of another source"));
    /* What is kept next takes its place. */
    g_autoptr(SourceBundle) next = make_bundle("next");
    ck_assert(source_cache_keep(folder, next, NULL));
    assert_kept("copy", "next");
}
END_TEST

START_TEST(test_when_a_source_has_answered)
{
    g_auto(SourceAnswered) read = {0};
    source_cache_read_answered(folder, NAME, &read);
    ck_assert_int_eq(read.time, 0);
    ck_assert_ptr_null(read.boot_id);
    const SourceAnswered answered = {1764000000, (char *)"boot-1"};
    ck_assert(source_cache_write_answered(folder, NAME, &answered, NULL));
    source_cache_read_answered(folder, NAME, &read);
    ck_assert_int_eq(read.time, 1764000000);
    ck_assert_str_eq(read.boot_id, "boot-1");
    g_autofree char *path = kept_path("answered");
    ck_assert(g_file_set_contents(path, "garbage", -1, NULL));
    source_cache_read_answered(folder, NAME, &read);
    ck_assert_int_eq(read.time, 0);
    ck_assert_ptr_null(read.boot_id);
}
END_TEST

/* ---- what is signed ---- */

static SecretKey *make_key(guint8 number)
{
    guint8 chance[SECRET_KEY_CHANCE_BYTES];
    memset(chance, number, sizeof chance);
    return secret_key_new(chance);
}

static Keyring *make_keyring(void)
{
    Keyring *keyring = keyring_new();
    g_autoptr(SecretKey) key = make_key(1);
    PublicKey half;
    secret_key_get_public(key, &half);
    ck_assert(keyring_add(keyring, &half, "a key", NULL));
    ck_assert(keyring_set_threshold(keyring, 1, NULL));
    return keyring;
}

/* CALLED: what it is signed for. */
static void add_signed(SourceBundle *bundle, const char *name, const char *called, const char *text)
{
    g_autoptr(SecretKey) key = make_key(1);
    MessageDigest digest;
    message_digest_of(text, strlen(text), &digest);
    g_autofree char *comment = g_strconcat("timestamp:1764000000\tfile:", called, NULL);
    g_autoptr(Signature) signature = secret_key_sign(key, &digest, comment);
    g_autoptr(GString) written = g_string_new(NULL);
    signature_format(signature, "a", written);
    g_autofree char *beside = g_strconcat(name, SIGNATURE_SUFFIX, NULL);
    add(bundle, name, text);
    add(bundle, beside, written->str);
}

static SourceBundle *make_signed_file(void)
{
    SourceBundle *bundle = source_bundle_new(NAME, 1);
    add_signed(bundle, "lab.yaml", "lab.yaml", "xensure: 1\n");
    return bundle;
}

static SourceBundle *make_signed_folder(void)
{
    SourceBundle *bundle = source_bundle_new(NAME, 1);
    g_autoptr(GString) manifest = g_string_new(NULL);
    MessageDigest digest;
    message_digest_of("one", 3, &digest);
    manifest_format_line("a.yaml", &digest, manifest);
    message_digest_of("two", 3, &digest);
    manifest_format_line("b.yaml", &digest, manifest);
    add_signed(bundle, MANIFEST_NAME, "h/" MANIFEST_NAME, manifest->str);
    add(bundle, "a.yaml", "one");
    add(bundle, "b.yaml", "two");
    return bundle;
}

static void free_texts(GPtrArray *texts)
{
    for (guint i = 0; i < texts->len; i++) {
        trusted_text_free(g_ptr_array_index(texts, i));
    }
    g_ptr_array_unref(texts);
}

/* How many texts come of it; -1: it is refused. */
static int count_signed(const SourceBundle *bundle, const Keyring *keyring)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *texts = g_ptr_array_new();
    gboolean is_good = source_bundle_read_signed(bundle, "https://h/", keyring, texts, &error);
    int count = is_good ? (int)texts->len : -1;
    ck_assert(is_good || g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_UNSIGNED));
    for (guint i = 0; is_good && i < texts->len; i++) {
        const TrustedText *text = g_ptr_array_index(texts, i);
        ck_assert(!trusted_text_is_local(text));
        ck_assert(g_str_has_prefix(trusted_text_name(text), "https://h/"));
        ck_assert_uint_eq(trusted_text_signers(text)->len, 1);
        ck_assert_int_eq(trusted_text_signed_time(text), 1764000000);
    }
    free_texts(texts);
    return count;
}

START_TEST(test_signed_bundles)
{
    g_autoptr(Keyring) keyring = make_keyring();
    g_autoptr(SourceBundle) file = make_signed_file();
    ck_assert_int_eq(count_signed(file, keyring), 1);
    ck_assert_int_eq(count_signed(file, NULL), -1);
    g_autoptr(SourceBundle) of_folder = make_signed_folder();
    ck_assert_int_eq(count_signed(of_folder, keyring), 2);
    g_autoptr(GPtrArray) names = source_bundle_list_signed(of_folder, "https://h/", keyring, NULL);
    ck_assert_uint_eq(names->len, 2);
    ck_assert_str_eq(names->pdata[1], "b.yaml");
    /* What nobody has listed is not read. */
    add(of_folder, "c.yaml", "three");
    ck_assert_int_eq(count_signed(of_folder, keyring), 2);
    g_ptr_array_remove_index(of_folder->files, 3);
    ck_assert_int_eq(count_signed(of_folder, keyring), -1);
    g_autoptr(SourceBundle) other = source_bundle_new(NAME, 1);
    add_signed(other, "lab.yaml", "web.yaml", "xensure: 1\n");
    ck_assert_int_eq(count_signed(other, keyring), -1);
    g_autoptr(SourceBundle) of_other_folder = source_bundle_new(NAME, 1);
    add_signed(of_other_folder, MANIFEST_NAME, MANIFEST_NAME, "");
    ck_assert_int_eq(count_signed(of_other_folder, keyring), -1);
    ck_assert_ptr_null(source_bundle_list_signed(of_other_folder, "https://h/", keyring, NULL));
    g_autoptr(SourceBundle) empty = source_bundle_new(NAME, 1);
    ck_assert_int_eq(count_signed(empty, keyring), -1);
    g_autoptr(SourceBundle) unsigned_one = make_bundle("xensure: 1\n");
    ck_assert_int_eq(count_signed(unsigned_one, keyring), -1);
}
END_TEST

/* All bits but those of the untrusted comment, which nobody signs. */
static void assert_every_bit_counts(SourceBundle *bundle, const Keyring *keyring)
{
    for (guint i = 0; i < bundle->files->len; i++) {
        SourceFile *file = g_ptr_array_index(bundle->files, i);
        g_autoptr(GBytes) before = file->bytes;
        gsize length = 0;
        const char *bytes = g_bytes_get_data(before, &length);
        gsize start = g_str_has_suffix(file->name, SIGNATURE_SUFFIX)
                          ? (gsize)(strchr(bytes, '\n') - bytes)
                          : 0;
        for (gsize bit = start * 8; bit < length * 8; bit++) {
            g_autofree guint8 *changed = g_memdup2(bytes, length);
            changed[bit / 8] ^= (guint8)(1u << (bit % 8));
            file->bytes = g_bytes_new(changed, length);
            int count = count_signed(bundle, keyring);
            ck_assert_msg(count == -1, "bit %zu of %s", bit, file->name);
            g_bytes_unref(file->bytes);
        }
        file->bytes = g_bytes_ref(before);
    }
}

START_TEST(test_every_bit_counts)
{
    g_autoptr(Keyring) keyring = make_keyring();
    g_autoptr(SourceBundle) file = make_signed_file();
    g_autoptr(SourceBundle) of_folder = make_signed_folder();
    assert_every_bit_counts(file, keyring);
    assert_every_bit_counts(of_folder, keyring);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("source_cache");
    TCase *text = tcase_create("text");
    tcase_add_test(text, test_any_bytes_come_back);
    tcase_add_loop_test(text, test_refused, 0, (int)G_N_ELEMENTS(refused));
    tcase_add_test(text, test_limits);
    suite_add_tcase(suite, text);
    TCase *kept = tcase_create("kept");
    tcase_add_checked_fixture(kept, folder_make, folder_remove);
    tcase_add_test(kept, test_the_copy_and_those_before_it);
    tcase_add_test(kept, test_a_copy_that_cannot_be_read_is_none);
    tcase_add_test(kept, test_when_a_source_has_answered);
    suite_add_tcase(suite, kept);
    TCase *is_signed = tcase_create("signed");
    tcase_add_test(is_signed, test_signed_bundles);
    tcase_add_test(is_signed, test_every_bit_counts);
    suite_add_tcase(suite, is_signed);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
