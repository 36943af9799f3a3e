/* Specs merged, completed and written, to the letter. */
#include "spec/identity.h"
#include "tests/unit/spec_from_text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* A spec that must be right. */
static Spec *spec_of(const char *yaml)
{
    g_autoptr(Problems) problems = problems_new();
    Spec *spec = spec_from_text("spec.yaml", yaml, strlen(yaml), problems);
    ck_assert_msg(problems_count_errors(problems) == 0, "refused: %s",
                  problems_get(problems, 0)->message);
    return spec;
}

static char *canonical_of(const Spec *spec, const char *name)
{
    GString *text = g_string_new(NULL);
    domain_format_canonical(spec_find(spec, name), text);
    return g_string_free(text, FALSE);
}

#define HEADER "xensure: 1\nfleet: lab\n"
#define GUEST  "type: pvh, memory: 1GiB, kernel: /k"

/* ---- three layers ---- */

static const struct {
    const char *base, *profile, *own; /* the keys of each layer */
    DomainKey key;
    const char *expected; /* as canonical text; NULL: not set */
} layers[] = {
    {"", "", "", DOMAIN_KEY_vcpus, "1"},
    {"vcpus: 2", "", "", DOMAIN_KEY_vcpus, "2"},
    {"vcpus: 2", "vcpus: 3", "", DOMAIN_KEY_vcpus, "3"},
    {"vcpus: 2", "vcpus: 3", "vcpus: 4", DOMAIN_KEY_vcpus, "4"},
    {"vcpus: 2", "", "vcpus: 4", DOMAIN_KEY_vcpus, "4"},
    {"", "maxmem: 2GiB", "", DOMAIN_KEY_maxmem, "2048MiB"},
    {"", "", "", DOMAIN_KEY_maxmem, NULL},
    /* A value that says the default hides what is below it. */
    {"protect: true", "", "protect: false", DOMAIN_KEY_protect, "false"},
    {"state: stopped", "state: running", "", DOMAIN_KEY_state, "\"running\""},
    /* Lists whole. */
    {"vifs: [{bridge: a}, {bridge: b}]", "", "vifs: [{mac: 00:16:3e:00:00:01}]", DOMAIN_KEY_vifs,
     "[{mac: \"00:16:3e:00:00:01\"}]"},
    {"disks: [{vdev: xvda, path: /a}]", "disks: [{vdev: xvdb, path: /b}]", "", DOMAIN_KEY_disks,
     "[{vdev: \"xvdb\", path: \"/b\"}]"},
    {"disks: [{vdev: xvda, path: /a}]", "", "disks: []", DOMAIN_KEY_disks, "[]"},
    {"cpus: [\"0\", \"1\"]", "", "cpus: 3", DOMAIN_KEY_cpus, "\"3\""},
    /* The mappings stop, restart and xen key by key. */
    {"stop: {timeout: 9s}", "stop: {force: true}", "", DOMAIN_KEY_stop_timeout, "9s"},
    {"stop: {timeout: 9s}", "stop: {force: true}", "", DOMAIN_KEY_stop_force, "true"},
    {"stop: {timeout: 9s}", "stop: {timeout: 8s}", "stop: {force: true}", DOMAIN_KEY_stop_timeout,
     "8s"},
    {"stop: {timeout: 9s}", "", "stop: {}", DOMAIN_KEY_stop_timeout, "9s"},
    {"restart: {limit: 9}", "restart: {within: 1h}", "restart: {limit: 1}",
     DOMAIN_KEY_restart_limit, "1"},
    {"restart: {limit: 9}", "restart: {within: 1h}", "restart: {limit: 1}",
     DOMAIN_KEY_restart_within, "3600s"},
    {"xen: {a: 1, b: 1, c: 1}", "xen: {b: 2, c: 2}", "xen: {c: 3}", DOMAIN_KEY_xen,
     "{a: 1, b: 2, c: 3}"},
    {"xen: {a: 1}", "", "xen: {a: [x]}", DOMAIN_KEY_xen, "{a: [\"x\"]}"},
    {"xen: {a: [x, y]}", "xen: {a: [z]}", "", DOMAIN_KEY_xen, "{a: [\"z\"]}"},
    {"", "xen: {a: 1}", "", DOMAIN_KEY_xen, "{a: 1}"},
    {"xen: {a: 1}", "", "xen: {}", DOMAIN_KEY_xen, "{a: 1}"},
    /* The guest that may stay off leaves its remains for us, whatever else is said. */
    {"", "", "", DOMAIN_KEY_on_poweroff, "\"destroy\""},
    {"on_guest_poweroff: leave", "", "", DOMAIN_KEY_on_poweroff, "\"preserve\""},
    {"", "", "on_guest_poweroff: leave, on_poweroff: restart", DOMAIN_KEY_on_poweroff,
     "\"preserve\""},
    {"on_guest_poweroff: leave", "", "on_guest_poweroff: start", DOMAIN_KEY_on_poweroff,
     "\"destroy\""},
    /* All that is made from others at once. */
    {"xen: {a: 1}, vifs: [{devid: 1}]", "on_guest_poweroff: leave", "xen: {b: 1}", DOMAIN_KEY_xen,
     "{a: 1, b: 1}"},
    {"xen: {a: 1}, vifs: [{devid: 1}]", "on_guest_poweroff: leave", "xen: {b: 1}", DOMAIN_KEY_vifs,
     "[{mac: \"00:16:3e:4b:ca:5c\", devid: 1}]"},
};

START_TEST(test_layers)
{
    const char *own = layers[_i].own;
    g_autofree char *yaml =
        g_strdup_printf(HEADER "profiles:\n  default: {" GUEST
                               "%s%s}\n  p: {%s}\ndomains: {web1: {profile: p%s%s}}\n",
                        layers[_i].base[0] != '\0' ? ", " : "", layers[_i].base, layers[_i].profile,
                        own[0] != '\0' ? ", " : "", own);
    g_autoptr(Spec) spec = spec_of(yaml);
    const Value *value = domain_get(spec_find(spec, "web1"), layers[_i].key);
    ck_assert_int_eq(value != NULL, layers[_i].expected != NULL);
    if (value != NULL) {
        g_autoptr(GString) text = g_string_new(NULL);
        value_format(&domain_keys, value, text);
        ck_assert_str_eq(text->str, layers[_i].expected);
    }
}
END_TEST

START_TEST(test_a_profile_named_default_is_the_default)
{
    g_autoptr(Spec) spec = spec_of(HEADER "profiles: {default: {" GUEST ", vcpus: 2}}\n"
                                          "domains: {web1: {}, web2: {profile: default}}\n");
    ck_assert_int_eq(domain_get_integer(spec_find(spec, "web1"), DOMAIN_KEY_vcpus), 2);
    ck_assert_int_eq(domain_get_integer(spec_find(spec, "web2"), DOMAIN_KEY_vcpus), 2);
}
END_TEST

/* ---- identities ---- */

START_TEST(test_identities_are_these)
{
    char uuid[IDENTITY_UUID_SIZE];
    char mac[IDENTITY_MAC_SIZE];
    identity_make_uuid("lab", "web1", uuid);
    ck_assert_str_eq(uuid, "7c71034a-bb0b-5c43-8acc-85edc793a7eb");
    identity_make_uuid("prod", "web1", uuid);
    ck_assert_str_eq(uuid, "64827623-7d44-550b-ab39-4381ba8a73cd");
    identity_make_uuid("lab", "a.b+c-d", uuid);
    ck_assert_str_eq(uuid, "acc1b19e-95f7-5ec3-87dc-723ce5c81122");
    identity_make_mac("lab", "web1", 0, mac);
    ck_assert_str_eq(mac, "00:16:3e:1e:8a:71");
    identity_make_mac("lab", "web1", 1, mac);
    ck_assert_str_eq(mac, "00:16:3e:4b:ca:5c");
    identity_make_mac("lab", "db1", 255, mac);
    ck_assert_str_eq(mac, "00:16:3e:22:f4:51");
}
END_TEST

START_TEST(test_identities_of_domains)
{
    g_autoptr(Spec) spec =
        spec_of(HEADER "domains:\n"
                       "  web1: {" GUEST ", vifs: [{bridge: a}, {}, {mac: 00:16:3E:00:00:0A}]}\n"
                       "  web2: {" GUEST ", uuid: 7C71034A-BB0B-5C43-8ACC-85EDC793A7EC}\n");
    const Domain *web1 = spec_find(spec, "web1");
    ck_assert_str_eq(web1->uuid, "7c71034a-bb0b-5c43-8acc-85edc793a7eb");
    ck_assert_ptr_null(domain_get(web1, DOMAIN_KEY_uuid));
    const Value *vifs = domain_get(web1, DOMAIN_KEY_vifs);
    static const char *const macs[] = {"00:16:3e:1e:8a:71", "00:16:3e:4b:ca:5c",
                                       "00:16:3e:00:00:0a"};
    for (guint i = 0; i < G_N_ELEMENTS(macs); i++) {
        ck_assert_str_eq(settings_own(vifs->items[i].table, VIF_KEY_mac)->text, macs[i]);
    }
    ck_assert_str_eq(spec_find(spec, "web2")->uuid, "7c71034a-bb0b-5c43-8acc-85edc793a7ec");
}
END_TEST

/* A vif keeps its MAC when another is put before it, if it has a devid. */
START_TEST(test_devid_makes_the_mac)
{
    g_autoptr(Spec) spec =
        spec_of(HEADER "domains: {web1: {" GUEST ", vifs: [{devid: 1, bridge: b}, {devid: 0}]}}\n");
    const Value *vifs = domain_get(spec_find(spec, "web1"), DOMAIN_KEY_vifs);
    ck_assert_str_eq(settings_own(vifs->items[0].table, VIF_KEY_mac)->text, "00:16:3e:4b:ca:5c");
    ck_assert_str_eq(settings_own(vifs->items[1].table, VIF_KEY_mac)->text, "00:16:3e:1e:8a:71");
}
END_TEST

/* ---- canonical text ---- */

#define CANONICAL                                                                                  \
    "state: \"stopped\"\ntype: \"pvh\"\nmemory: 1024MiB\nkernel: \"/k\"\n"                         \
    "on_poweroff: \"preserve\"\nvifs: [{mac: \"00:16:3e:1e:8a:71\", bridge: \"a\"}]\n"             \
    "xen: {a: \"x y\", b: 2}\nstop: {timeout: 60s, force: true}\nrestart: {within: 60s}\n"         \
    "on_guest_poweroff: \"leave\"\n"

/* The same domain, said in different ways. */
static const char *const same[] = {
    HEADER "domains: {web1: {" GUEST ", state: stopped, vifs: [{bridge: a}], xen: {b: 2, a: x y}, "
           "stop: {timeout: 1m, force: true}, restart: {within: 1m}, on_guest_poweroff: leave}}\n",
    HEADER "domains:\n  web1:\n    on_guest_poweroff: leave\n    restart: {limit: 5, within: 60s}\n"
           "    stop: {force: true, timeout: 60s}\n    xen: {a: \"x y\", b: 2}\n"
           "    vifs:\n      - bridge: 'a'\n    kernel: \"/k\"\n    memory: 1048576KiB\n"
           "    type: pvh\n    state: stopped\n    vcpus: 1\n    disks: []\n    protect: false\n",
    HEADER
    "profiles:\n  default: {" GUEST ", stop: {force: true}, xen: {a: x y, b: 1}}\n"
    "  p: {state: stopped, vifs: [{bridge: a}], stop: {timeout: 60s}, xen: {b: 2}}\n"
    "domains: {web0: {}, web1: {profile: p, restart: {within: 1m}, on_guest_poweroff: leave}}\n",
    HEADER "hosts: {h: {}, i: {address: a}}\ndomains: {web1: {host: i, " GUEST ", state: stopped, "
           "vifs: [{bridge: a}], xen: {b: 2, a: x y}, on_poweroff: restart, "
           "stop: {timeout: 1m, force: true}, restart: {within: 1m}, on_guest_poweroff: leave}}\n",
};

START_TEST(test_same_domain_same_text)
{
    g_autoptr(Spec) spec = spec_of(same[_i]);
    g_autofree char *text = canonical_of(spec, "web1");
    ck_assert_str_eq(text, CANONICAL);
    g_autofree char *digest = domain_digest(spec_find(spec, "web1"));
    g_autofree char *expected = g_compute_checksum_for_string(G_CHECKSUM_SHA256, CANONICAL, -1);
    ck_assert_str_eq(digest, expected);
}
END_TEST

START_TEST(test_other_domain_other_digest)
{
    static const char *const others[] = {
        "vcpus: 2",    "bounce: 1",           "protect: true",
        "xen: {a: 1}", "stop: {force: true}", "disks: [{vdev: xvda, path: /a}]"};
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autofree char *yaml =
            g_strdup_printf(HEADER "domains: {web1: {" GUEST ", %s}}\n", others[i]);
        g_autoptr(Spec) spec = spec_of(yaml);
        ck_assert_msg(g_hash_table_add(seen, domain_digest(spec_find(spec, "web1"))),
                      "'%s' does not show in the digest", others[i]);
    }
}
END_TEST

static void assert_reads_back(const Domain *domain, const char *canonical)
{
    g_autoptr(GBytes) bytes = g_bytes_new(canonical, strlen(canonical));
    g_autoptr(TrustedText) text = trusted_text_new_local("canonical", bytes);
    g_autoptr(Problems) problems = problems_new();
    GStringChunk *texts = g_string_chunk_new(256);
    g_autoptr(Settings) settings = domain_read_canonical(text, texts, problems);
    ck_assert_ptr_nonnull(settings);
    for (guint key = 0; key < domain_keys.count; key++) {
        ck_assert_msg(
            key == DOMAIN_KEY_host || key == DOMAIN_KEY_profile ||
                value_equal(&domain_keys, domain_get(domain, key), settings_get(settings, key)),
            "'%s' is read back differently", domain_keys.rows[key].name);
    }
    g_string_chunk_free(texts);
}

/* Every key of the table, in the golden spec that has them all (but two that go with none of their
 * neighbours). */
START_TEST(test_canonical_text_reads_back)
{
    g_autofree char *path = g_build_filename(g_getenv("TESTS_ROOT"), "golden", "spec",
                                             "valid-every-key", "spec.yaml", NULL);
    g_autofree char *yaml = NULL;
    ck_assert_msg(g_file_get_contents(path, &yaml, NULL, NULL), "cannot read %s", path);
    g_autoptr(Spec) spec = spec_of(yaml);
    const Domain *web1 = spec_find(spec, "web1");
    const Domain *db1 = spec_find(spec, "db1");
    const Domain *shim1 = spec_find(spec, "shim1");
    for (guint key = 0; key < domain_keys.count; key++) {
        ck_assert_msg(settings_own(web1->own, key) != NULL || settings_own(db1->own, key) != NULL ||
                          settings_own(shim1->own, key) != NULL || key == DOMAIN_KEY_usbversion ||
                          key == DOMAIN_KEY_bios,
                      "'%s' is not in %s: add it", domain_keys.rows[key].name, path);
    }
    for (guint i = 0; i < spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(spec->domains, i);
        g_autofree char *text = canonical_of(spec, domain->name);
        assert_reads_back(domain, text);
    }
}
END_TEST

START_TEST(test_canonical_text_is_checked)
{
    static const char *const wrong[] = {"",      "memory: x\n",  "memori: 1GiB\n",
                                        "- a\n", "a: 1\na: 2\n", "vcpus: 1\n---\nvcpus: 1\n"};
    g_autoptr(GBytes) bytes = g_bytes_new(wrong[_i], strlen(wrong[_i]));
    g_autoptr(TrustedText) text = trusted_text_new_local("canonical", bytes);
    g_autoptr(Problems) problems = problems_new();
    GStringChunk *texts = g_string_chunk_new(256);
    ck_assert_ptr_null(domain_read_canonical(text, texts, problems));
    ck_assert_uint_gt(problems_count_errors(problems), 0);
    g_string_chunk_free(texts);
}
END_TEST

/* ---- the whole ---- */

START_TEST(test_header)
{
    g_autoptr(Spec) spec = spec_of(HEADER "generation: 0\nexpires: 2027-01-31T00:00:00Z\n"
                                          "hosts: {b: {address: 10.0.0.1}, a: {}}\ndomains: {}\n");
    ck_assert_str_eq(spec->fleet, "lab");
    ck_assert(spec->has_generation);
    ck_assert_int_eq(spec->generation, 0);
    ck_assert(spec->has_expires);
    ck_assert_int_eq(spec->expires, 1801353600);
    ck_assert(spec_has_hosts(spec));
    ck_assert_uint_eq(spec->hosts->len, 2);
    const SpecHost *host = g_ptr_array_index(spec->hosts, 0);
    ck_assert_str_eq(host->name, "b");
    ck_assert_str_eq(settings_own(host->settings, HOST_KEY_address)->text, "10.0.0.1");
    g_autoptr(Spec) bare = spec_of(HEADER "domains: {}\n");
    ck_assert(!bare->has_generation);
    ck_assert(!bare->has_expires);
    ck_assert(!spec_has_hosts(bare));
    ck_assert_uint_eq(bare->domains->len, 0);
}
END_TEST

START_TEST(test_whose_domain_it_is)
{
    g_autoptr(Spec) shared =
        spec_of(HEADER "hosts: {a: {}, b: {}}\ndomains: {web1: {host: a, " GUEST "}}\n");
    ck_assert(domain_is_on(spec_find(shared, "web1"), "a"));
    ck_assert(!domain_is_on(spec_find(shared, "web1"), "b"));
    /* Without `hosts` every domain is this host's, even one that names another. */
    g_autoptr(Spec) alone = spec_of(HEADER "domains: {web1: {host: a, " GUEST "}}\n");
    ck_assert_ptr_null(spec_find(alone, "web1")->host);
    ck_assert(domain_is_on(spec_find(alone, "web1"), "b"));
}
END_TEST

START_TEST(test_maxima_follow_from_what_is_set)
{
    g_autoptr(Spec) spec = spec_of(HEADER "domains:\n  web1: {" GUEST ", vcpus: 2}\n"
                                          "  web2: {" GUEST ", maxmem: 2GiB, maxvcpus: 4}\n");
    const Domain *web1 = spec_find(spec, "web1");
    const Domain *web2 = spec_find(spec, "web2");
    ck_assert_int_eq(domain_maximum_memory_mib(web1), 1024);
    ck_assert_int_eq(domain_maximum_memory_mib(web2), 2048);
    ck_assert_int_eq(domain_maximum_vcpus(web1), 2);
    ck_assert_int_eq(domain_maximum_vcpus(web2), 4);
    ck_assert(domain_is(web1, DOMAIN_KEY_type, "pvh"));
    ck_assert(!domain_is(web1, DOMAIN_KEY_type, "pv"));
    ck_assert(!domain_is(web1, DOMAIN_KEY_cmdline, "pv"));
    ck_assert_ptr_null(spec_find(spec, "web3"));
}
END_TEST

static void read_text(Spec *spec, const char *yaml, Problems *problems)
{
    g_autoptr(GBytes) bytes = g_bytes_new(yaml, strlen(yaml));
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    g_ptr_array_add(texts, trusted_text_new_local("spec.yaml", bytes));
    spec_read_source(spec, texts, NULL, problems);
}

START_TEST(test_sources_are_one_spec)
{
    g_autoptr(Spec) spec = spec_new();
    g_autoptr(Problems) problems = problems_new();
    read_text(spec,
              HEADER "generation: 5\nexpires: 2027-01-31T00:00:00Z\ndomains: {a: {" GUEST "}}\n",
              problems);
    read_text(spec,
              HEADER "generation: 3\nexpires: 2028-01-31T00:00:00Z\ndomains: {b: {" GUEST "}}\n",
              problems);
    spec_finish(spec, NULL, problems);
    ck_assert_uint_eq(problems_count(problems), 0);
    ck_assert_uint_eq(spec->domains->len, 2);
    ck_assert_int_eq(spec->generation, 5);
    ck_assert_int_eq(spec->expires, 1801353600);
}
END_TEST

/* ---- limits ---- */

START_TEST(test_limit_of_domains)
{
    g_autoptr(GString) yaml = g_string_new(HEADER "profiles: {default: {" GUEST "}}\ndomains:\n");
    for (guint i = 0; i < SPEC_DOMAINS_MAX; i++) {
        g_string_append_printf(yaml, "  d%u: {}\n", i);
    }
    g_autoptr(Spec) full = spec_of(yaml->str);
    ck_assert_uint_eq(full->domains->len, SPEC_DOMAINS_MAX);
    g_string_append(yaml, "  one: {}\n  two: {}\n");
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Spec) over = spec_from_text("spec.yaml", yaml->str, yaml->len, problems);
    ck_assert_uint_eq(over->domains->len, SPEC_DOMAINS_MAX);
    ck_assert_uint_eq(problems_count(problems), 1);
    ck_assert_str_eq(problems_get(problems, 0)->message,
                     "expected at most 100000 domains, found more");
    ck_assert_uint_eq(problems_get(problems, 0)->where.line, SPEC_DOMAINS_MAX + 5);
}
END_TEST

/* Adds a text of this many bytes that says nothing. */
static void add_comments(GPtrArray *texts, const char *name, const char *yaml, gsize length)
{
    GString *text = g_string_new(yaml);
    while (text->len < length) {
        g_string_append_len(text, "# nothing to see here, move on\n",
                            (gssize)MIN(31, length - text->len));
    }
    g_autoptr(GBytes) bytes = g_string_free_to_bytes(text);
    g_ptr_array_add(texts, trusted_text_new_local(name, bytes));
}

START_TEST(test_limit_of_bytes)
{
    static const gsize half = SPEC_SOURCE_BYTES_MAX / 2;
    for (gsize over = 0; over <= 1; over++) {
        g_autoptr(Spec) spec = spec_new();
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(GPtrArray) texts = g_ptr_array_new();
        add_comments(texts, "a.yaml", HEADER "domains: {}\n", half);
        add_comments(texts, "b.yaml", "", half + over);
        spec_read_source(spec, texts, NULL, problems);
        spec_finish(spec, NULL, problems);
        ck_assert_uint_eq(problems_count(problems), over);
        if (over > 0) {
            ck_assert_str_eq(problems_get(problems, 0)->message,
                             "expected at most 16777216 bytes in all files of a source, found "
                             "16777217 up to the end of this one");
            ck_assert_str_eq(trusted_text_name(problems_get(problems, 0)->where.text), "b.yaml");
        }
    }
}
END_TEST

/* A chain as long as the spec allows neither overflows the stack nor takes for ever. */
START_TEST(test_long_chain)
{
    g_autoptr(GString) yaml =
        g_string_new(HEADER "profiles: {default: {" GUEST "}}\ndomains:\n  d0: {}\n");
    for (guint i = 1; i < SPEC_DOMAINS_MAX; i++) {
        g_string_append_printf(yaml, "  d%u: {after: [d%u]}\n", i, i - 1);
    }
    g_autoptr(Spec) spec = spec_of(yaml->str);
    ck_assert_uint_eq(spec->domains->len, SPEC_DOMAINS_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spec");
    TCase *merge = tcase_create("merge");
    tcase_add_loop_test(merge, test_layers, 0, G_N_ELEMENTS(layers));
    tcase_add_test(merge, test_a_profile_named_default_is_the_default);
    tcase_add_test(merge, test_identities_are_these);
    tcase_add_test(merge, test_identities_of_domains);
    tcase_add_test(merge, test_devid_makes_the_mac);
    suite_add_tcase(suite, merge);
    TCase *canonical = tcase_create("canonical");
    tcase_add_loop_test(canonical, test_same_domain_same_text, 0, G_N_ELEMENTS(same));
    tcase_add_test(canonical, test_other_domain_other_digest);
    tcase_add_test(canonical, test_canonical_text_reads_back);
    tcase_add_loop_test(canonical, test_canonical_text_is_checked, 0, 6);
    suite_add_tcase(suite, canonical);
    TCase *whole = tcase_create("whole");
    tcase_add_test(whole, test_header);
    tcase_add_test(whole, test_whose_domain_it_is);
    tcase_add_test(whole, test_maxima_follow_from_what_is_set);
    tcase_add_test(whole, test_sources_are_one_spec);
    tcase_add_test(whole, test_limit_of_domains);
    tcase_add_test(whole, test_limit_of_bytes);
    tcase_add_test(whole, test_long_chain);
    suite_add_tcase(suite, whole);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
