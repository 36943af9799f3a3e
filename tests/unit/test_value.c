/* Scalars to the letter, comparison, and canonical text. */
#include "spec/settings.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER(low, high) .minimum = (low), .maximum = (high)

static const KeyRow integer_row = {
    .name = "n", .type = TYPE_INTEGER, NUMBER(-5, G_MAXINT64), .doc = "."};
static const KeyRow size_row = {.name = "n", .type = TYPE_SIZE_MIB, NUMBER(0, G_MAXINT64)};
static const KeyRow seconds_row = {.name = "n", .type = TYPE_SECONDS, NUMBER(0, G_MAXINT64)};
static const KeyRow time_row = {.name = "n", .type = TYPE_TIMESTAMP};
static const KeyRow boolean_row = {.name = "n", .type = TYPE_BOOLEAN};

typedef struct {
    const KeyRow *row;
    const char *text;
    gint64 number;
} NumberCase;

static const NumberCase numbers[] = {
    {&integer_row, "0", 0},
    {&integer_row, "7", 7},
    {&integer_row, "-5", -5},
    {&integer_row, "9223372036854775807", G_MAXINT64},
    {&size_row, "512", 512},
    {&size_row, "512MiB", 512},
    {&size_row, "2GiB", 2048},
    {&size_row, "3TiB", 3 * 1024 * 1024},
    {&size_row, "1048576KiB", 1024},
    {&size_row, "2097152B", 2},
    {&size_row, "0B", 0},
    {&size_row, "8796093022207TiB", G_GINT64_CONSTANT(8796093022207) << 20},
    {&seconds_row, "90s", 90},
    {&seconds_row, "5m", 300},
    {&seconds_row, "8h", 28800},
    {&seconds_row, "1d", 86400},
    {&seconds_row, "106751991167300d", G_GINT64_CONSTANT(106751991167300) * 86400},
    {&time_row, "1970-01-01T00:00:00Z", 0},
    {&time_row, "2027-01-31T00:00:00Z", 1801353600},
    {&time_row, "2027-01-31T01:30:00+01:30", 1801353600},
    {&time_row, "2027-01-30T16:00:00-08:00", 1801353600},
    {&time_row, "2028-02-29T23:59:59Z", 1835481599},
    {&boolean_row, "true", 1},
    {&boolean_row, "false", 0},
};

static gboolean is_read(const KeyRow *row, const char *text, gboolean is_plain, Value *out)
{
    GStringChunk *texts = g_string_chunk_new(64);
    g_autofree char *expected = NULL;
    gboolean is_good = value_read_text(row, text, is_plain, texts, out, &expected);
    ck_assert_msg(is_good == (expected == NULL), "'%s': a refusal without words", text);
    g_string_chunk_free(texts);
    return is_good;
}

START_TEST(test_number)
{
    const NumberCase *c = &numbers[_i];
    Value value = {.key = 3};
    ck_assert_msg(is_read(c->row, c->text, TRUE, &value), "'%s' is refused", c->text);
    ck_assert_int_eq(value.form, FORM_INTEGER);
    ck_assert_int_eq(value.integer, c->number);
    ck_assert_uint_eq(value.key, 3);
    ck_assert_msg(!is_read(c->row, c->text, FALSE, &value), "'%s' is accepted with quotes",
                  c->text);
}
END_TEST

static const struct {
    const KeyRow *row;
    const char *text;
} refusals[] = {
    {&integer_row, "00"},
    {&integer_row, "01"},
    {&integer_row, "+1"},
    {&integer_row, "-"},
    {&integer_row, "-6"},
    {&integer_row, "-01"},
    {&integer_row, "--1"},
    {&integer_row, "1 "},
    {&integer_row, "0x1"},
    {&integer_row, "1e3"},
    {&integer_row, "1.0"},
    {&integer_row, "1_000"},
    {&integer_row, "9223372036854775808"},
    {&integer_row, "18446744073709551616"},
    {&integer_row, "99999999999999999999999999"},
    {&integer_row, "\xd9\xa1"}, /* an Arabic one */
    {&size_row, "MiB"},
    {&size_row, "1M"},
    {&size_row, "1MB"},
    {&size_row, "1mib"},
    {&size_row, "1GIB"},
    {&size_row, "1PiB"},
    {&size_row, "1 MiB"},
    {&size_row, "1MiB "},
    {&size_row, "1.5GiB"},
    {&size_row, "-1MiB"},
    {&size_row, "01MiB"},
    {&size_row, "1048577B"},
    {&size_row, "1KiB"},
    {&size_row, "8796093022208TiB"},
    {&seconds_row, "90"},
    {&seconds_row, "s"},
    {&seconds_row, "1w"},
    {&seconds_row, "1S"},
    {&seconds_row, "1ms"},
    {&seconds_row, "1h30m"},
    {&seconds_row, "-1s"},
    {&seconds_row, "05m"},
    {&seconds_row, "106751991167301d"},
    {&time_row, "2027-01-31"},
    {&time_row, "2027-01-31T00:00:00"},
    {&time_row, "2027-01-31T00:00:00z"},
    {&time_row, "2027-01-31t00:00:00Z"},
    {&time_row, "2027-01-31 00:00:00Z"},
    {&time_row, "2027-01-31T00:00:00.5Z"},
    {&time_row, "2027-01-31T00:00Z"},
    {&time_row, "2027-01-31T00:00:00+0100"},
    {&time_row, "2027-01-31T00:00:00+01"},
    {&time_row, "2027-01-31T00:00:00+01:60"},
    {&time_row, "2027-01-31T00:00:00+24:00"},
    {&time_row, "2027-01-31T00:00:00+1a:00"},
    {&time_row, "2027-02-29T00:00:00Z"},
    {&time_row, "2027-13-01T00:00:00Z"},
    {&time_row, "2027-00-01T00:00:00Z"},
    {&time_row, "2027-01-00T00:00:00Z"},
    {&time_row, "2027-01-01T24:00:00Z"},
    {&time_row, "2027-01-01T23:60:00Z"},
    {&time_row, "2027-01-01T23:59:61Z"},
    {&time_row, "0000-01-01T00:00:00Z"},
    {&boolean_row, "True"},
    {&boolean_row, "TRUE"},
    {&boolean_row, "yes"},
    {&boolean_row, "no"},
    {&boolean_row, "on"},
    {&boolean_row, "1"},
    {&boolean_row, "0"},
    {&boolean_row, "truex"},
};

START_TEST(test_no_number)
{
    Value value = {.integer = 4711, .form = FORM_TEXT};
    ck_assert_msg(!is_read(refusals[_i].row, refusals[_i].text, TRUE, &value), "'%s' is accepted",
                  refusals[_i].text);
    ck_assert_int_eq(value.integer, 4711);
    ck_assert_int_eq(value.form, FORM_TEXT);
}
END_TEST

/* ---- texts that rows of the tables check ---- */

typedef struct {
    const KeyTable *table;
    guint key;
    const char *text;
    gboolean is_right;
} TextCase;

#define DOMAIN(key, text, is_right)                                                                \
    {                                                                                              \
        &domain_keys, DOMAIN_KEY_##key, text, is_right                                             \
    }
#define DISK(key, text, is_right)                                                                  \
    {                                                                                              \
        &disk_keys, DISK_KEY_##key, text, is_right                                                 \
    }
#define VIF(key, text, is_right)                                                                   \
    {                                                                                              \
        &vif_keys, VIF_KEY_##key, text, is_right                                                   \
    }
#define NAME_OF_63 "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

static const TextCase texts[] = {
    DOMAIN(after, "web1", TRUE),
    DOMAIN(after, "_", TRUE),
    DOMAIN(after, "1a", TRUE),
    DOMAIN(after, "0x1", TRUE),
    DOMAIN(after, "a.b_c+d-e", TRUE),
    DOMAIN(after, "Domain-1", TRUE),
    DOMAIN(after, "domain-0", TRUE),
    DOMAIN(after, "--incoming", FALSE),
    DOMAIN(after, "x--incoming", FALSE),
    DOMAIN(after, "x--incoming-", TRUE),
    DOMAIN(after, "x--migratedaway", FALSE),
    DOMAIN(after, "migrating-x", FALSE),
    DOMAIN(after, "migrating", TRUE),
    DOMAIN(after, "Domain-0", FALSE),
    DOMAIN(after, "0", FALSE),
    DOMAIN(after, "0123456789", FALSE),
    DOMAIN(after, ".a", FALSE),
    DOMAIN(after, "-a", FALSE),
    DOMAIN(after, "+a", FALSE),
    DOMAIN(after, "a b", FALSE),
    DOMAIN(after, "a/b", FALSE),
    DOMAIN(after, "a:b", FALSE),
    DOMAIN(after, "a\n", FALSE),
    DOMAIN(after, "(null)", FALSE),
    DOMAIN(after, NAME_OF_63, TRUE),
    DOMAIN(after, NAME_OF_63 "n", FALSE),
    DOMAIN(host, "dom0-a.example.org", TRUE),
    DOMAIN(host, "dom0+a", FALSE),
    DOMAIN(host, "..", FALSE),
    DOMAIN(host, NAME_OF_63 "n", FALSE),
    DOMAIN(uuid, "7c71034a-bb0b-5c43-8acc-85edc793a7eb", TRUE),
    DOMAIN(uuid, "7C71034A-BB0B-5C43-8ACC-85EDC793A7EB", TRUE),
    DOMAIN(uuid, "7c71034abb0b5c438acc85edc793a7eb", FALSE),
    DOMAIN(uuid, "{7c71034a-bb0b-5c43-8acc-85edc793a7eb}", FALSE),
    DOMAIN(uuid, "7c71034a-bb0b-5c43-8acc-85edc793a7eg", FALSE),
    DOMAIN(uuid, "00000000-0000-0000-0000-000000000000", FALSE),
    DOMAIN(kernel, "/boot/vmlinuz", TRUE),
    DOMAIN(kernel, "/boot/..a/.b/c..", TRUE),
    DOMAIN(kernel, "/with blanks/and \"quotes\"", TRUE),
    DOMAIN(kernel, "boot/vmlinuz", FALSE),
    DOMAIN(kernel, "/", FALSE),
    DOMAIN(kernel, "/boot/", FALSE),
    DOMAIN(kernel, "//boot", FALSE),
    DOMAIN(kernel, "/boot/./vmlinuz", FALSE),
    DOMAIN(kernel, "/boot/..", FALSE),
    DOMAIN(kernel, "/boot\n", FALSE),
    DOMAIN(kernel, "/boot/...", TRUE),
    DOMAIN(kernel, "/.boot/..a", TRUE),
    DOMAIN(cpus, "all", TRUE),
    DOMAIN(cpus, "1,all,^all,nodes:all", TRUE),
    DOMAIN(cpus, "allx", FALSE),
    DOMAIN(cpus, "all,alls,1", FALSE),
    DOMAIN(cpus, "0-3-5", FALSE),
    DOMAIN(cpus, "0", TRUE),
    DOMAIN(cpus, "0-3,5,^2", TRUE),
    DOMAIN(cpus, "nodes:0-1,^node:1", TRUE),
    DOMAIN(cpus, "", FALSE),
    DOMAIN(cpus, ",", FALSE),
    DOMAIN(cpus, "0,", FALSE),
    DOMAIN(cpus, "0-", FALSE),
    DOMAIN(cpus, "-3", FALSE),
    DOMAIN(cpus, "3-1", FALSE),
    DOMAIN(cpus, "^", FALSE),
    DOMAIN(cpus, "0 1", FALSE),
    DOMAIN(cpus, "100000", FALSE),
    DOMAIN(bootloader, "pygrub", TRUE),
    DOMAIN(bootloader, "/usr/bin/pygrub", TRUE),
    DOMAIN(bootloader, "usr/bin/pygrub", FALSE),
    DOMAIN(bootloader, "/usr/../bin/sh", FALSE),
    DOMAIN(bootloader, "-c", FALSE),
    DOMAIN(bootloader, "sh -c", FALSE),
    DOMAIN(cmdline, "a\tb", FALSE),
    DOMAIN(cmdline, "a\nb", FALSE),
    DOMAIN(cmdline, "\"quoted\" \\ 'text' \xc3\xa4", TRUE),
    DISK(vdev, "xvda", TRUE),
    DISK(vdev, "xvda1", TRUE),
    DISK(vdev, "xvdzz255", TRUE),
    DISK(vdev, "xvdbgqcv", TRUE),
    DISK(vdev, "xvdbgqcw", FALSE),
    DISK(vdev, "xvdaaaaaaaaaaaaaaaaaaaaaaaaaaaa", FALSE),
    DISK(vdev, "xvda256", FALSE),
    DISK(vdev, "xvda0", FALSE),
    DISK(vdev, "xvda01", FALSE),
    DISK(vdev, "xvd", FALSE),
    DISK(vdev, "xvd1", FALSE),
    DISK(vdev, "xvdA", FALSE),
    DISK(vdev, "xvda1 ", FALSE),
    DISK(vdev, "hda", TRUE),
    DISK(vdev, "hdd63", TRUE),
    DISK(vdev, "hdd64", FALSE),
    DISK(vdev, "hde", FALSE),
    DISK(vdev, "sda", TRUE),
    DISK(vdev, "sdp15", TRUE),
    DISK(vdev, "sdp16", FALSE),
    DISK(vdev, "sdq", FALSE),
    DISK(vdev, "d0p0", TRUE),
    DISK(vdev, "0x01", TRUE),
    DISK(vdev, "51712", TRUE),
    DISK(vdev, "0", TRUE),
    DISK(vdev, "2147483647", TRUE),
    DISK(vdev, "2147483648", FALSE),
    DISK(vdev, "01", FALSE),
    DISK(vdev, "0x", FALSE),
    DISK(vdev, "0x1g", FALSE),
    DISK(vdev, "-1", FALSE),
    DISK(vdev, "+1", FALSE),
    DISK(vdev, "d1048575p255", TRUE),
    DISK(vdev, "d1048576p0", FALSE),
    DISK(vdev, "d0p256", FALSE),
    DISK(vdev, "d0", FALSE),
    DISK(vdev, "d0p", FALSE),
    DISK(vdev, "d01p0", FALSE),
    DISK(vdev, "vda", FALSE),
    VIF(mac, "00:16:3e:5e:6c:01", TRUE),
    VIF(mac, "FE:ff:FF:ff:ff:ff", TRUE),
    VIF(mac, "01:16:3e:5e:6c:01", FALSE),
    VIF(mac, "ff:ff:ff:ff:ff:ff", FALSE),
    VIF(mac, "00:00:00:00:00:00", FALSE),
    VIF(mac, "00-16-3e-5e-6c-01", FALSE),
    VIF(mac, "00163e5e6c01", FALSE),
    VIF(mac, "0:16:3e:5e:6c:1", FALSE),
    VIF(mac, "00:16:3e:5e:6c:01:02", FALSE),
    VIF(bridge, "xenbr0.100", TRUE),
    VIF(bridge, "a,b", FALSE),
    VIF(bridge, "..", FALSE),
    VIF(bridge, "br/0", FALSE),
    VIF(bridge, "123456789012345", TRUE),
    VIF(bridge, "1234567890123456", FALSE),
    VIF(ip, "10.0.0.5 10.0.0.6", TRUE),
    VIF(ip, "2001:db8::5/64", TRUE),
    VIF(ip, "10.0.0.5,mac=x", FALSE),
    VIF(ip, " 10.0.0.5", FALSE),
    VIF(ip, "10.0.0.5 ", FALSE),
    VIF(model, "virtio-net", TRUE),
    VIF(model, "e1000,script=x", FALSE),
    {&host_keys, HOST_KEY_address, "2001:db8::1", TRUE},
    {&host_keys, HOST_KEY_address, "dom0-a.example.org", TRUE},
    {&host_keys, HOST_KEY_address, "-oProxyCommand=x", FALSE},
    {&host_keys, HOST_KEY_address, "a;b", FALSE},
    {&host_keys, HOST_KEY_address, "a$b", FALSE},
};

START_TEST(test_text)
{
    const TextCase *c = &texts[_i];
    const KeyRow *row = &c->table->rows[c->key];
    for (gboolean is_plain = FALSE; is_plain <= TRUE; is_plain++) {
        Value value = {0};
        ck_assert_msg(is_read(row, c->text, is_plain, &value) == c->is_right, "%s: '%s' is %s",
                      row->name, c->text, c->is_right ? "refused" : "accepted");
    }
}
END_TEST

START_TEST(test_identities_become_lower_case)
{
    static const KeyRow uuid_row = {.name = "u", .type = TYPE_UUID};
    static const KeyRow mac_row = {.name = "m", .type = TYPE_MAC};
    GStringChunk *chunk = g_string_chunk_new(64);
    char *expected = NULL;
    Value value = {0};
    ck_assert(value_read_text(&uuid_row, "7C71034A-BB0B-5C43-8ACC-85EDC793A7EB", TRUE, chunk,
                              &value, &expected));
    ck_assert_str_eq(value.text, "7c71034a-bb0b-5c43-8acc-85edc793a7eb");
    ck_assert(value_read_text(&mac_row, "00:16:3E:5E:6C:0F", TRUE, chunk, &value, &expected));
    ck_assert_str_eq(value.text, "00:16:3e:5e:6c:0f");
    g_string_chunk_free(chunk);
}
END_TEST

/* ---- whole nodes: read, written, read back, compared ---- */

typedef struct {
    TrustedText *text;
    Problems *problems;
    GStringChunk *texts;
    YamlTree *tree;
    Settings *settings;
} Reading;

/* The keys of a domain. */
static Reading reading_new(const char *yaml)
{
    g_autoptr(GBytes) bytes = g_bytes_new(yaml, strlen(yaml));
    Reading reading = {.text = trusted_text_new_local("x.yaml", bytes),
                       .problems = problems_new(),
                       .texts = g_string_chunk_new(256)};
    reading.tree = yaml_tree_parse(reading.text, reading.problems);
    ck_assert_msg(reading.tree != NULL, "no YAML: %s", yaml);
    ValueReader values = {reading.tree, reading.problems, reading.texts};
    reading.settings =
        settings_read(&values, &domain_keys, yaml_tree_document(reading.tree, 0), FALSE);
    return reading;
}

static void reading_clear(Reading *reading)
{
    settings_free(reading->settings);
    yaml_tree_free(reading->tree);
    g_string_chunk_free(reading->texts);
    problems_free(reading->problems);
    trusted_text_free(reading->text);
}

static const struct {
    DomainKey key;
    const char *yaml, *canonical, *for_people;
} written[] = {
    {DOMAIN_KEY_memory, "memory: 2GiB", "2048MiB", "2048 MiB"},
    {DOMAIN_KEY_vcpus, "vcpus: 4", "4", "4"},
    {DOMAIN_KEY_stop_timeout, "stop: {timeout: 5m}", "300s", "5m"},
    {DOMAIN_KEY_stop_timeout, "stop: {timeout: 90s}", "90s", "90s"},
    {DOMAIN_KEY_restart_within, "restart: {within: 24h}", "86400s", "1d"},
    {DOMAIN_KEY_protect, "protect: true", "true", "true"},
    {DOMAIN_KEY_type, "type: pvh", "\"pvh\"", "pvh"},
    {DOMAIN_KEY_cmdline, "cmdline: 'a \"b\" \\c'", "\"a \\\"b\\\" \\\\c\"", "a \"b\" \\c"},
    {DOMAIN_KEY_cmdline, "cmdline: 12", "\"12\"", "12"},
    {DOMAIN_KEY_cmdline, "cmdline: >-\n  a\n  b", "\"a b\"", "a b"},
    {DOMAIN_KEY_cpus, "cpus: 0-3", "\"0-3\"", "0-3"},
    {DOMAIN_KEY_cpus, "cpus: [0, \"1,2\"]", "[\"0\", \"1,2\"]", "0, 1,2"},
    {DOMAIN_KEY_after, "after: [b, a]", "[\"b\", \"a\"]", "b, a"},
    {DOMAIN_KEY_disks, "disks: [{access: rw, path: /dev/a, vdev: xvda}]",
     "[{vdev: \"xvda\", path: \"/dev/a\"}]", "{vdev: \"xvda\", path: \"/dev/a\"}"},
    {DOMAIN_KEY_disks, "disks: [{access: ro, path: /dev/a, vdev: xvda}]",
     "[{vdev: \"xvda\", path: \"/dev/a\", access: \"ro\"}]",
     "{vdev: \"xvda\", path: \"/dev/a\", access: \"ro\"}"},
    {DOMAIN_KEY_vifs, "vifs: [{devid: 3}, {}]", "[{devid: 3}, {}]", "{devid: 3}, {}"},
    {DOMAIN_KEY_xen, "xen: {spicehost: none, spice: true, b: [x, 1, '2'], a: 9223372036854775807}",
     "{a: 9223372036854775807, b: [\"x\", 1, \"2\"], spice: 1, spicehost: \"none\"}",
     "{a: 9223372036854775807, b: [\"x\", 1, \"2\"], spice: 1, spicehost: \"none\"}"},
};

START_TEST(test_written)
{
    Reading reading = reading_new(written[_i].yaml);
    ck_assert_uint_eq(problems_count(reading.problems), 0);
    const Value *value = settings_own(reading.settings, written[_i].key);
    ck_assert_ptr_nonnull(value);
    g_autoptr(GString) canonical = g_string_new(NULL);
    g_autoptr(GString) for_people = g_string_new(NULL);
    value_format(&domain_keys, value, canonical);
    value_format_for_people(&domain_keys, value, for_people);
    ck_assert_str_eq(canonical->str, written[_i].canonical);
    ck_assert_str_eq(for_people->str, written[_i].for_people);
    /* A copy stands on its own. */
    Settings *copy = settings_copy(reading.settings);
    ck_assert(value_equal(&domain_keys, value, settings_own(copy, written[_i].key)));
    settings_free(copy);
    reading_clear(&reading);
}
END_TEST

static const struct {
    DomainKey key;
    const char *left, *right;
    gboolean is_equal;
} pairs[] = {
    {DOMAIN_KEY_memory, "memory: 1GiB", "memory: 1024", TRUE},
    {DOMAIN_KEY_memory, "memory: 1GiB", "memory: 1025", FALSE},
    {DOMAIN_KEY_memory, "memory: 1GiB", "vcpus: 1", FALSE},
    {DOMAIN_KEY_cpus, "cpus: 0", "cpus: [0]", FALSE},
    {DOMAIN_KEY_after, "after: [a, b]", "after: [b, a]", FALSE},
    {DOMAIN_KEY_after, "after: [a, b]", "after: [a]", FALSE},
    {DOMAIN_KEY_after, "after: []", "vcpus: 1", TRUE},
    {DOMAIN_KEY_disks, "vcpus: 1", "disks: []", TRUE},
    {DOMAIN_KEY_xen, "xen: {}", "vcpus: 1", TRUE},
    {DOMAIN_KEY_xen, "xen: {a: 1}", "vcpus: 1", FALSE},
    {DOMAIN_KEY_xen, "xen: {a: 1, b: 2}", "xen: {b: 2, a: 1}", TRUE},
    {DOMAIN_KEY_xen, "xen: {a: 1, b: 2}", "xen: {b: 2, c: 1}", FALSE},
    {DOMAIN_KEY_xen, "xen: {a: 1}", "xen: {a: '1'}", FALSE},
    {DOMAIN_KEY_xen, "xen: {a: true}", "xen: {a: 1}", TRUE},
    {DOMAIN_KEY_xen, "xen: {a: []}", "xen: {b: 1}", FALSE},
    {DOMAIN_KEY_disks, "disks: [{vdev: xvda, path: /a}]",
     "disks: [{path: /a, vdev: xvda, format: raw, access: rw}]", TRUE},
    {DOMAIN_KEY_disks, "disks: [{vdev: xvda, path: /a}]",
     "disks: [{vdev: xvda, path: /a, access: ro}]", FALSE},
};

START_TEST(test_equal)
{
    Reading left = reading_new(pairs[_i].left);
    Reading right = reading_new(pairs[_i].right);
    const Value *a = settings_own(left.settings, pairs[_i].key);
    const Value *b = settings_own(right.settings, pairs[_i].key);
    ck_assert_int_eq(value_equal(&domain_keys, a, b), pairs[_i].is_equal);
    ck_assert_int_eq(value_equal(&domain_keys, b, a), pairs[_i].is_equal);
    ck_assert(value_equal(&domain_keys, a, a));
    reading_clear(&right);
    reading_clear(&left);
}
END_TEST

START_TEST(test_settings_keep_what_is_right)
{
    Reading reading = reading_new("memory: 12x\nvcpus: 4\nprotect: 1\nunknown: 1\nstate: paused\n");
    ck_assert_uint_eq(problems_count_errors(reading.problems), 3);
    ck_assert_uint_eq(reading.settings->count, 2);
    ck_assert_ptr_null(settings_own(reading.settings, DOMAIN_KEY_memory));
    ck_assert(settings_is_refused(reading.settings, DOMAIN_KEY_memory));
    ck_assert(settings_is_refused(reading.settings, DOMAIN_KEY_protect));
    ck_assert(!settings_is_refused(reading.settings, DOMAIN_KEY_vcpus));
    ck_assert(!settings_is_refused(reading.settings, DOMAIN_KEY_maxmem));
    ck_assert_int_eq(settings_get(reading.settings, DOMAIN_KEY_vcpus)->integer, 4);
    ck_assert_int_eq(settings_get(reading.settings, DOMAIN_KEY_restart_limit)->integer, 5);
    ck_assert_ptr_null(settings_get(reading.settings, DOMAIN_KEY_maxmem));
    reading_clear(&reading);
}
END_TEST

START_TEST(test_settings_set)
{
    Reading reading = reading_new("vcpus: 4\nstate: paused\n");
    Value value = {.key = DOMAIN_KEY_memory, .form = FORM_INTEGER, .integer = 64};
    settings_set(reading.settings, &value);
    value.integer = 128;
    settings_set(reading.settings, &value);
    value = (Value){.key = DOMAIN_KEY_migrate, .form = FORM_TEXT, .text = "stop"};
    settings_set(reading.settings, &value);
    ck_assert_uint_eq(reading.settings->count, 4);
    for (guint i = 1; i < reading.settings->count; i++) {
        ck_assert_uint_lt(reading.settings->values[i - 1].key, reading.settings->values[i].key);
    }
    ck_assert_int_eq(settings_own(reading.settings, DOMAIN_KEY_memory)->integer, 128);
    ck_assert_str_eq(settings_own(reading.settings, DOMAIN_KEY_migrate)->text, "stop");
    reading_clear(&reading);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("value");
    TCase *scalars = tcase_create("scalars");
    tcase_add_loop_test(scalars, test_number, 0, G_N_ELEMENTS(numbers));
    tcase_add_loop_test(scalars, test_no_number, 0, G_N_ELEMENTS(refusals));
    tcase_add_loop_test(scalars, test_text, 0, G_N_ELEMENTS(texts));
    tcase_add_test(scalars, test_identities_become_lower_case);
    suite_add_tcase(suite, scalars);
    TCase *nodes = tcase_create("nodes");
    tcase_add_loop_test(nodes, test_written, 0, G_N_ELEMENTS(written));
    tcase_add_loop_test(nodes, test_equal, 0, G_N_ELEMENTS(pairs));
    tcase_add_test(nodes, test_settings_keep_what_is_right);
    tcase_add_test(nodes, test_settings_set);
    suite_add_tcase(suite, nodes);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
