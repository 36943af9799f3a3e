/* Where a source can be. */
#include "agent/address_checks.h"

#include <check.h>
#include <stdlib.h>

#define KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

typedef const char *(*TextCheck)(const char *text);

static const struct {
    TextCheck check;
    gboolean is_right;
    const char *text;
} cases[] = {
    {check_source_url, TRUE, "https://specs.example.org/lab.yaml"},
    {check_source_url, TRUE, "https://specs.example.org:8443/a/b/lab.yaml"},
    {check_source_url, TRUE, "https://specs.example.org/lab/"},
    {check_source_url, TRUE, "https://specs.example.org/"},
    {check_source_url, TRUE, "https://192.0.2.1/lab.yaml"},
    {check_source_url, TRUE, "https://[2001:db8::1]/lab.yaml"},
    {check_source_url, TRUE, "https://[2001:db8::1]:8443/lab.yaml"},
    {check_source_url, FALSE, "http://specs.example.org/lab.yaml"},
    {check_source_url, FALSE, "HTTPS://specs.example.org/lab.yaml"},
    {check_source_url, FALSE, "file:///etc/lab.yaml"},
    {check_source_url, FALSE, "https:///lab.yaml"},
    {check_source_url, FALSE, "https://specs.example.org"},
    {check_source_url, FALSE, "https://specs.example.org/lab"},
    {check_source_url, FALSE, "https://specs.example.org/.yaml"},
    {check_source_url, FALSE, "https://specs.example.org/lab.yaml?version=1"},
    {check_source_url, FALSE, "https://specs.example.org/lab.yaml#web1"},
    {check_source_url, FALSE, "https://root:secret@specs.example.org/lab.yaml"},
    {check_source_url, FALSE, "https://specs.example.org:0/lab.yaml"},
    {check_source_url, FALSE, "https://specs.example.org:65536/lab.yaml"},
    {check_source_url, FALSE, "https://specs.example.org:/lab.yaml"},
    {check_source_url, FALSE, "https://[2001:db8::1/lab.yaml"},
    {check_source_url, FALSE, "https://[]/lab.yaml"},
    {check_source_url, FALSE, "https://specs.example.org/a/../lab.yaml"},
    {check_source_url, FALSE, "https://specs.example.org/./lab.yaml"},
    {check_source_url, FALSE, "https://specs.example.org//lab.yaml"},
    {check_source_url, FALSE, "https://specs.example.org/a//"},
    {check_source_url, FALSE, "https://specs.example.org/l ab.yaml"},
    {check_source_url, FALSE, "https://specs.example.org/l\nab.yaml"},
    {check_source_url, FALSE, "https://specs.example.org/l\\ab.yaml"},
    {check_source_url, FALSE, "https://specs.example.org/\xc3\xa9.yaml"},
    {check_pin, TRUE, "sha256//" KEY "A="},
    {check_pin, TRUE, "sha256//" KEY "/="},
    {check_pin, FALSE, "sha1//" KEY "A="},
    {check_pin, FALSE, "sha256//" KEY "AA"},
    {check_pin, FALSE, "sha256//" KEY "="},
    {check_pin, FALSE, "sha256//" KEY "A=;sha256//" KEY "A="},
    {check_pin, FALSE, "sha256//" KEY "-="},
    {check_proxy, TRUE, "http://proxy.example.org:3128"},
    {check_proxy, TRUE, "https://[2001:db8::1]:3128"},
    {check_proxy, FALSE, "http://[2001:db8::1]"},
    {check_proxy, FALSE, "http://proxy.example.org"},
    {check_proxy, FALSE, "proxy.example.org:3128"},
    {check_proxy, FALSE, "socks5://proxy.example.org:3128"},
    {check_proxy, FALSE, "http://root:secret@proxy.example.org:3128"},
    {check_proxy, FALSE, "http://proxy.example.org:3128/"},
    {check_proxy, FALSE, ""},
};

START_TEST(test_check)
{
    const char *expected = cases[_i].check(cases[_i].text);
    ck_assert_msg((expected == NULL) == cases[_i].is_right, "%s: %s", cases[_i].text,
                  expected != NULL ? expected : "is right");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("address_checks");
    TCase *tcase = tcase_create("address_checks");
    tcase_add_loop_test(tcase, test_check, 0, G_N_ELEMENTS(cases));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
