#include "spec/characters.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* The last character before, the first and the last in, and the first behind each refused range. */
typedef struct {
    gunichar character;
    gboolean is_refused;
} Row;

static const Row rows[] = {
    {0, TRUE},        {8, TRUE},         {'\t', FALSE},
    {'\n', FALSE},    {0xb, TRUE},       {'\r', TRUE},
    {0x1f, TRUE},     {' ', FALSE},      {'~', FALSE},
    {0x7f, TRUE},     {0x85, TRUE},      {0x9f, TRUE},
    {0xa0, FALSE},    {0x2027, FALSE},   {0x2028, TRUE},
    {0x202e, TRUE},   {0x202f, FALSE},   {0x2065, FALSE},
    {0x2066, TRUE},   {0x2069, TRUE},    {0x206a, FALSE},
    {0xfefe, FALSE},  {0xfeff, TRUE},    {0xff00, FALSE},
    {0xfffd, FALSE},  {0xfffe, TRUE},    {0xffff, TRUE},
    {0x10000, FALSE}, {0x10ffff, FALSE}, {CHARACTER_INVALID, TRUE},
};

START_TEST(test_refused)
{
    ck_assert_int_eq(character_is_refused(rows[_i].character), rows[_i].is_refused);
}
END_TEST

START_TEST(test_next)
{
    static const char bytes[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xff\xc0\x80\0\xe2\x82";
    static const gunichar expected[] = {'a',
                                        0xe4,
                                        0x20ac,
                                        0x1f600,
                                        CHARACTER_INVALID,
                                        CHARACTER_INVALID,
                                        CHARACTER_INVALID,
                                        0,
                                        CHARACTER_INVALID,
                                        CHARACTER_INVALID};
    const char *at = bytes;
    const char *end = bytes + sizeof(bytes) - 1;
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        ck_assert_ptr_ne(at, end);
        ck_assert_uint_eq(character_next(&at, end), expected[i]);
    }
    ck_assert_ptr_eq(at, end);
}
END_TEST

/* Every byte, at every place within the eight that are looked at together. */
START_TEST(test_skip_printable)
{
    for (guint place = 0; place < 20; place++) {
        char bytes[20] = "~ !~~ !~~ !~~ !~~ !";
        bytes[19] = '~';
        bytes[place] = (char)_i;
        gboolean is_printable = _i >= 0x20 && _i <= 0x7e;
        const char *found = characters_skip_printable(bytes, bytes + sizeof bytes);
        ck_assert_int_eq(found - bytes, is_printable ? (int)sizeof bytes : (int)place);
    }
}
END_TEST

START_TEST(test_escaped_and_cut)
{
    g_autoptr(GString) out = g_string_new("<");
    characters_append_escaped(out, "\xc3\xa4\n\0x", 5, 4);
    ck_assert_str_eq(out->str, "<\xc3\xa4\\n\\x00x");
    g_string_assign(out, "");
    characters_append_escaped(out, "\xc3\xa4\n\0x", 5, 3);
    ck_assert_str_eq(out->str, "\xc3\xa4\\n\\x00...");
    g_string_assign(out, "");
    characters_append_escaped(out, "", 0, 0);
    ck_assert_str_eq(out->str, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("characters");
    TCase *tests = tcase_create("characters");
    tcase_add_loop_test(tests, test_skip_printable, 0, 256);
    tcase_add_loop_test(tests, test_refused, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tests, test_next);
    tcase_add_test(tests, test_escaped_and_cut);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
