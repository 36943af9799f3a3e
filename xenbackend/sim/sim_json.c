#include "xenbackend/sim/sim_json.h"

#include <string.h>

static void add_empty(SimJson *json, const char *key)
{
    sim_json_open(json, key, '{');
    sim_json_close(json, '}');
}

/* ---- what changes while the domain runs ---- */

static void add_vcpus(SimJson *json, gint64 maximum, gint64 online)
{
    sim_json_add_number(json, "max_vcpus", maximum);
    sim_json_open(json, "avail_vcpus", '[');
    for (gint64 i = 0; i < online; i++)
        sim_json_add_number(json, NULL, i);
    sim_json_close(json, ']');
}

static void add_scheduler(SimJson *json, gint64 weight, gint64 cap)
{
    sim_json_open(json, "sched_params", '{');
    sim_json_add_text(json, "sched", json->scheduler != NULL ? json->scheduler : "credit2");
    sim_json_add_number(json, "weight", weight);
    sim_json_add_number(json, "cap", cap);
    sim_json_close(json, '}');
}

static void add_file_scheduler(SimJson *json, const SimGuest *guest)
{
    sim_json_open(json, "sched_params", '{');
    if (guest->has_weight)
        sim_json_add_number(json, "weight", guest->weight);
    if (guest->has_cap)
        sim_json_add_number(json, "cap", guest->cap);
    sim_json_close(json, '}');
}

static void add_identity(SimJson *json, const char *name, const char *uuid, gboolean is_live)
{
    sim_json_add_text(json, "name", name);
    if (is_live)
        sim_json_add_number(json, "domid", G_MAXUINT32);
    sim_json_add_text(json, "uuid", uuid);
}

static void add_file_vcpus(SimJson *json, const SimGuest *guest)
{
    if (guest->has_vcpus)
        add_vcpus(json, guest->maximum_vcpus, guest->vcpus);
}

static void add_memory(SimJson *json, const SimDomain *domain, const SimGuest *guest)
{
    if (domain != NULL) {
        sim_json_add_number(json, "max_memkb", domain->maximum_kib);
        sim_json_add_number(json, "target_memkb", domain->target_kib);
        sim_json_add_number(json, "video_memkb", 0);
    } else if (guest->has_memory) {
        sim_json_add_number(json, "max_memkb", (gint64)guest->maximum_kib);
        sim_json_add_number(json, "target_memkb", (gint64)guest->target_kib);
    }
}

/* A part that the domain (NULL: there is none, the file is only read) has in place of its file. */
static void add_own_part(SimJson *json, const SimDomain *domain, const SimGuest *guest,
                         SimMemberKind kind)
{
    if (kind == SIM_MEMBER_IDENTITY)
        add_identity(json, domain != NULL ? domain->name : guest->name,
                     domain != NULL ? domain->uuid : guest->uuid, domain != NULL);
    else if (kind == SIM_MEMBER_HOTPLUG)
        sim_json_add_text(json, "run_hotplug_scripts", "True");
    else if (kind == SIM_MEMBER_VCPUS && domain != NULL)
        add_vcpus(json, domain->maximum_vcpus, domain->vcpus);
    else if (kind == SIM_MEMBER_VCPUS)
        add_file_vcpus(json, guest);
    else if (kind == SIM_MEMBER_MEMORY)
        add_memory(json, domain, guest);
    else if (kind == SIM_MEMBER_SCHEDULER && domain != NULL)
        add_scheduler(json, domain->weight, domain->cap);
    else if (kind == SIM_MEMBER_SCHEDULER)
        add_file_scheduler(json, guest);
    else if (kind == SIM_MEMBER_CLAIM)
        sim_json_add_text(json, "claim_mode", "True");
    else if (kind == SIM_MEMBER_CMDLINE)
        sim_json_add_text(json, "cmdline", guest->cmdline);
    else if (kind == SIM_MEMBER_MSR && domain != NULL)
        sim_json_add_text(json, "msr_relaxed", "False");
}

/* ---- members in objects ---- */

/* Closes and opens objects until those of PATH are open; OPEN are the names of those that are. What
 * stands behind the last '/' is the member's own name, unless it is an object itself. */
static void open_objects(SimJson *json, GPtrArray *open, char **names, guint count)
{
    guint common = 0;
    while (common < open->len && common < count &&
           strcmp(g_ptr_array_index(open, common), names[common]) == 0)
        common++;
    while (open->len > common) {
        sim_json_close(json, '}');
        g_ptr_array_set_size(open, (gint)open->len - 1);
    }
    for (guint i = common; i < count; i++) {
        sim_json_open(json, names[i], '{');
        g_ptr_array_add(open, g_strdup(names[i]));
    }
}

static void add_texts(SimJson *json, const char *key, const GPtrArray *texts)
{
    sim_json_open(json, key, '[');
    for (guint i = 0; i < texts->len; i++)
        sim_json_add_text(json, NULL, g_ptr_array_index(texts, i));
    sim_json_close(json, ']');
}

void sim_json_add_members(SimJson *json, const GPtrArray *members, const SimDomain *domain,
                          const SimGuest *guest)
{
    g_autoptr(GPtrArray) open = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < members->len; i++) {
        const SimMember *member = g_ptr_array_index(members, i);
        g_auto(GStrv) names = g_strsplit(member->path, "/", -1);
        gboolean is_value = member->kind == SIM_MEMBER_TEXT || member->kind == SIM_MEMBER_NUMBER ||
                            member->kind == SIM_MEMBER_TEXTS;
        guint depth = g_strv_length(names) - (is_value ? 1 : 0);
        open_objects(json, open, names, depth);
        if (member->kind == SIM_MEMBER_TEXT)
            sim_json_add_text(json, names[depth], member->text);
        else if (member->kind == SIM_MEMBER_NUMBER)
            sim_json_add_number(json, names[depth], member->number);
        else if (member->kind == SIM_MEMBER_TEXTS)
            add_texts(json, names[depth], member->texts);
        else if (member->kind != SIM_MEMBER_OBJECT)
            add_own_part(json, domain, guest, member->kind);
    }
    open_objects(json, open, NULL, 0);
}

/* libxl leaves out members with their default, which is destroy for each of these. */
static void add_action(SimJson *json, const char *key, SimAction action)
{
    if (action == SIM_ACTION_DESTROY)
        return;
    if (action == SIM_ACTION_RENAME_RESTART) {
        sim_json_add_text(json, key, "restart_rename");
        return;
    }
    g_autofree char *name = g_strdup(sim_action_name(action));
    sim_json_add_text(json, key, g_strdelimit(name, "-", '_'));
}

static void add_actions(SimJson *json, const SimGuest *guest)
{
    add_action(json, "on_poweroff", guest->on_poweroff);
    add_action(json, "on_reboot", guest->on_reboot);
    add_action(json, "on_watchdog", guest->on_watchdog);
    add_action(json, "on_crash", guest->on_crash);
    add_action(json, "on_soft_reset", guest->on_soft_reset);
}

/* ---- the whole ---- */

static void add_dom0(SimJson *json, gint64 dom0_kib)
{
    sim_json_open(json, "c_info", '{');
    sim_json_add_text(json, "type", "pv");
    sim_json_add_text(json, "name", "Domain-0");
    sim_json_close(json, '}');
    sim_json_open(json, "b_info", '{');
    sim_json_add_number(json, "max_memkb", dom0_kib);
    /* One KiB short, as on real hosts. */
    sim_json_add_number(json, "target_memkb", dom0_kib - 1);
    add_scheduler(json, 256, 0);
    add_empty(json, "type.pv");
    add_empty(json, "arch_arm");
    add_empty(json, "arch_x86");
    sim_json_close(json, '}');
}

static void add_config(SimJson *json, const SimDomain *domain, const SimGuest *guest)
{
    sim_json_add_members(json, guest->members, domain, guest);
    sim_json_add_devices(json, guest, domain != NULL);
    add_actions(json, guest);
}

void sim_json_domain(SimJson *json, const SimDomain *domain, const SimGuest *guest, gint64 dom0_kib)
{
    sim_json_open(json, NULL, '{');
    sim_json_add_number(json, "domid", guest == NULL ? 0 : domain->domid);
    sim_json_open(json, "config", '{');
    if (guest == NULL)
        add_dom0(json, dom0_kib);
    else
        add_config(json, domain, guest);
    sim_json_close(json, '}');
    sim_json_close(json, '}');
}

void sim_json_guest(SimJson *json, const SimGuest *guest)
{
    sim_json_open(json, NULL, '{');
    add_config(json, NULL, guest);
    sim_json_close(json, '}');
}
