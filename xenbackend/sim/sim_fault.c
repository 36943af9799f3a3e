#include "xenbackend/sim/sim_fault.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static const char *const kind_names[] = {
    [SIM_FAULT_HOLD] = "hold",   [SIM_FAULT_CLOSE] = "close",   [SIM_FAULT_FAIL] = "fail",
    [SIM_FAULT_HANG] = "hang",   [SIM_FAULT_DIE] = "die",       [SIM_FAULT_NOTHING] = "nothing",
    [SIM_FAULT_EMPTY] = "empty", [SIM_FAULT_GARBLE] = "garble", [SIM_FAULT_TRUNCATE] = "truncate",
};

static const struct {
    const char *key;
    gsize offset;
} numbers[] = {
    {"status", offsetof(SimFault, status)}, {"seconds", offsetof(SimFault, seconds)},
    {"bytes", offsetof(SimFault, bytes)},   {"skip", offsetof(SimFault, skip)},
    {"left", offsetof(SimFault, left)},
};

void sim_fault_free(SimFault *fault)
{
    if (fault == NULL)
        return;
    g_free(fault->command);
    g_free(fault->at);
    g_free(fault->text);
    g_free(fault);
}

gboolean sim_fault_kind_parse(const char *text, SimFaultKind *kind)
{
    for (guint i = 0; i < G_N_ELEMENTS(kind_names); i++) {
        if (strcmp(kind_names[i], text) == 0) {
            *kind = (SimFaultKind)i;
            return TRUE;
        }
    }
    return FALSE;
}

char *sim_fault_format(const SimFault *fault)
{
    GString *line = g_string_new(NULL);
    g_string_append_printf(line, "%s %s at=%s", fault->command, kind_names[fault->kind], fault->at);
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        g_string_append_printf(
            line, " %s=%" G_GINT64_FORMAT, numbers[i].key,
            *(const gint64 *)(const void *)((const char *)fault + numbers[i].offset));
    g_autofree char *text =
        g_uri_escape_string(fault->text, " !\"#$&'()*+,/:;<=>?@[]^`{|}\\", TRUE);
    g_string_append_printf(line, " text=%s\n", text);
    return g_string_free(line, FALSE);
}

static gboolean set_number(SimFault *fault, const char *word)
{
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        gsize length = strlen(numbers[i].key);
        if (strncmp(word, numbers[i].key, length) == 0 && word[length] == '=')
            return g_ascii_string_to_signed(word + length + 1, 10, -1, G_MAXINT32,
                                            (gint64 *)(void *)((char *)fault + numbers[i].offset),
                                            NULL);
    }
    return FALSE;
}

SimFault *sim_fault_parse(const char *line)
{
    const char *text = strstr(line, " text=");
    if (text == NULL)
        return NULL;
    g_autofree char *head = g_strndup(line, (gsize)(text - line));
    g_auto(GStrv) words = g_strsplit(head, " ", -1);
    g_autoptr(SimFault) fault = g_new0(SimFault, 1);
    if (g_strv_length(words) < 3 || !sim_fault_kind_parse(words[1], &fault->kind) ||
        !g_str_has_prefix(words[2], "at="))
        return NULL;
    for (guint i = 3; words[i] != NULL; i++)
        if (!set_number(fault, words[i]))
            return NULL;
    fault->command = g_strdup(words[0]);
    fault->at = g_strdup(words[2] + 3);
    fault->text = g_uri_unescape_string(text + 6, NULL);
    if (fault->text == NULL)
        fault->text = g_strdup("");
    return g_steal_pointer(&fault);
}

/* Counts this call against the faults of COMMAND; the first that strikes is given back. */
static SimFault *count_call(GPtrArray *faults, const char *command)
{
    for (guint i = 0; i < faults->len; i++) {
        SimFault *fault = g_ptr_array_index(faults, i);
        if (strcmp(fault->command, command) != 0 && strcmp(fault->command, "*") != 0)
            continue;
        if (fault->skip > 0) {
            fault->skip--;
        } else if (fault->left != 0) {
            if (fault->left > 0)
                fault->left--;
            g_autofree char *line = sim_fault_format(fault);
            return sim_fault_parse(g_strchomp(line));
        }
    }
    return NULL;
}

SimFault *sim_fault_take(SimHost *host, const char *command)
{
    if (faccessat(host->folder_fd, "faults", F_OK, 0) != 0)
        return NULL;
    sim_host_lock(host);
    g_autofree char *text = sim_host_read(host->folder_fd, "faults", NULL);
    g_auto(GStrv) lines = g_strsplit(text == NULL ? "" : text, "\n", -1);
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func((GDestroyNotify)sim_fault_free);
    for (guint i = 0; lines[i] != NULL; i++) {
        SimFault *fault = sim_fault_parse(lines[i]);
        if (fault != NULL)
            g_ptr_array_add(faults, fault);
        else if (*lines[i] != '\0')
            g_printerr("xensim: %s/faults:%u: not a fault\n", host->folder, i + 1);
    }
    SimFault *struck = count_call(faults, command);
    g_autoptr(GString) rest = g_string_new(NULL);
    for (guint i = 0; i < faults->len; i++) {
        const SimFault *fault = g_ptr_array_index(faults, i);
        g_autofree char *line = sim_fault_format(fault);
        if (fault->left != 0)
            g_string_append(rest, line);
    }
    if (rest->len > 0)
        sim_host_write(host->folder_fd, "faults", rest->str, rest->len);
    else
        unlinkat(host->folder_fd, "faults", 0);
    sim_host_unlock(host);
    return struck;
}

void sim_fault_spoil(const SimFault *fault, GString *out)
{
    switch (fault->kind) {
    case SIM_FAULT_EMPTY:
        g_string_truncate(out, 0);
        return;
    case SIM_FAULT_TRUNCATE:
        g_string_truncate(out, MIN(out->len, (gsize)MAX(fault->bytes, 0)));
        return;
    case SIM_FAULT_GARBLE:
        for (gsize i = 3; i < out->len; i += 7)
            if (out->str[i] != '\n')
                out->str[i] = (char)(out->str[i] ^ 0x15);
        return;
    case SIM_FAULT_FAIL:
    case SIM_FAULT_HANG:
    case SIM_FAULT_DIE:
    case SIM_FAULT_HOLD:
    case SIM_FAULT_CLOSE:
    case SIM_FAULT_NOTHING:
        return;
    }
}
