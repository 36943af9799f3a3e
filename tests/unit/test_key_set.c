/* Sets of keys as one word, and sets that follow others. */
#include "spec/key_set.h"
#include "spec/signature_secret.h"
#include "spec/trusted_text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static SecretKey *make_key(guint8 number)
{
    guint8 chance[SECRET_KEY_CHANCE_BYTES];
    memset(chance, number, sizeof chance);
    return secret_key_new(chance);
}

/* As a spec names it; to be freed. */
static char *key_text(guint8 number)
{
    g_autoptr(SecretKey) key = make_key(number);
    g_autoptr(GString) file = g_string_new(NULL);
    PublicKey half;
    secret_key_get_public(key, &half);
    public_key_format(&half, file);
    return g_strndup(strchr(file->str, '\n') + 1, KEY_TEXT_LENGTH);
}

START_TEST(test_a_set_is_one_word)
{
    g_autofree char *a = key_text(1);
    g_autofree char *b = key_text(2);
    const char *one[] = {a, b, a};
    const char *other[] = {b, a};
    g_autofree char *set = key_set_format(one, 3, 2);
    g_autofree char *same = key_set_format(other, 2, 2);
    ck_assert_str_eq(set, same);
    ck_assert_uint_eq(strlen(set), 2 + 2 * KEY_TEXT_LENGTH + 1);
    g_autoptr(Keyring) keyring = key_set_read(set, "here", NULL);
    ck_assert_ptr_nonnull(keyring);
    ck_assert_uint_eq(keyring_count(keyring), 2);
    ck_assert_uint_eq(keyring_threshold(keyring), 2);
    g_autofree char *again = key_set_of(keyring);
    ck_assert_str_eq(again, set);
    ck_assert_ptr_null(key_set_check_key(a));
    a[5] = '!';
    ck_assert_ptr_nonnull(key_set_check_key(a));
    ck_assert_ptr_nonnull(key_set_check_key(""));
}
END_TEST

START_TEST(test_refused_sets)
{
    g_autofree char *key = key_text(1);
    g_autofree char *shorter = g_strndup(key, KEY_TEXT_LENGTH - 1);
    const char *const forms[] = {"%s",    "0:%s",  "65:%s", "x:%s", ":%s",
                                 "1:%s,", "1:,%s", "1: %s", "2:%s"};
    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_auto(GStrv) parts = g_strsplit(forms[i], "%s", 2);
        g_autofree char *set = g_strconcat(parts[0], key, parts[1], NULL);
        g_autoptr(GError) error = NULL;
        ck_assert_msg(key_set_read(set, "here", &error) == NULL, "%s", set);
        ck_assert(error->domain == SIGNATURE_ERROR);
    }
    g_autofree char *cut = g_strconcat("1:", shorter, NULL);
    ck_assert_ptr_null(key_set_read(cut, "here", NULL));
    ck_assert_ptr_null(key_set_read("1:", "here", NULL));
}
END_TEST

static SignatureFile *sign(guint8 number, const char *text)
{
    g_autoptr(SecretKey) key = make_key(number);
    MessageDigest digest;
    message_digest_of(text, strlen(text), &digest);
    g_autoptr(Signature) signature = secret_key_sign(key, &digest, "timestamp:5");
    g_autoptr(GString) written = g_string_new(NULL);
    signature_format(signature, "a", written);
    g_autoptr(GBytes) bytes = g_bytes_new(written->str, written->len);
    return signature_file_new("a.minisig", bytes);
}

static Keyring *keyring_of(guint8 number)
{
    g_autofree char *text = key_text(number);
    const char *keys[] = {text};
    g_autofree char *set = key_set_format(keys, 1, 1);
    Keyring *keyring = key_set_read(set, "here", NULL);
    ck_assert_ptr_nonnull(keyring);
    return keyring;
}

/* 1 follows 2; 3 is none of them. */
START_TEST(test_what_those_before_have_signed_is_told_apart)
{
    g_autoptr(Keyring) keyring = keyring_of(1);
    keyring_set_before(keyring, keyring_of(2));
    ck_assert_uint_eq(keyring_count(keyring), 2);
    char id[KEY_ID_TEXT_SIZE];
    keyring_show_id(keyring, 1, id);
    ck_assert_str_eq(id, "0202020202020202");
    g_autoptr(GBytes) bytes = g_bytes_new_static("a", 1);
    for (guint8 number = 1; number <= 3; number++) {
        g_autoptr(GPtrArray) files =
            g_ptr_array_new_with_free_func((GDestroyNotify)signature_file_free);
        g_autoptr(GError) error = NULL;
        g_ptr_array_add(files, sign(number, "a"));
        g_autoptr(TrustedText) text =
            trusted_text_new_signed("a", bytes, NULL, keyring, files, &error);
        ck_assert_int_eq(text != NULL, number < 3);
        ck_assert(text == NULL || trusted_text_is_signed_before(text) == (number == 2));
        ck_assert(text == NULL || trusted_text_signed_time(text) == 5);
    }
    keyring_revoke(keyring_before(keyring), "0202020202020202");
    g_autoptr(GPtrArray) files =
        g_ptr_array_new_with_free_func((GDestroyNotify)signature_file_free);
    g_ptr_array_add(files, sign(2, "a"));
    ck_assert_ptr_null(trusted_text_new_signed("a", bytes, NULL, keyring, files, NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("key_set");
    TCase *all = tcase_create("all");
    tcase_add_test(all, test_a_set_is_one_word);
    tcase_add_test(all, test_refused_sets);
    tcase_add_test(all, test_what_those_before_have_signed_is_told_apart);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
