#include "reconcile/move.h"

#include "reconcile/memory.h"

#include <string.h>

/* ---- before ---- */

/* "4.17.7" -> 417 * 1000... : the release, as one number; FALSE: it is not one. */
static gboolean read_release(const char *version, guint64 *out)
{
    char *rest = NULL;
    if (version == NULL || !g_ascii_isdigit(*version)) {
        return FALSE;
    }
    guint64 major = g_ascii_strtoull(version, &rest, 10);
    if (*rest != '.' || !g_ascii_isdigit(rest[1]) || major > 1000) {
        return FALSE;
    }
    guint64 minor = g_ascii_strtoull(rest + 1, &rest, 10);
    *out = major * 100000 + MIN(minor, 99999);
    return *rest == '\0' || *rest == '.' || *rest == '-' || *rest == '+';
}

/* Xen takes a guest from its own release or an older one: Xen docs/features/migration.pandoc. */
static char *find_wrong_release(const MoveQuestion *question)
{
    const HostAnswer *answer = question->answer;
    guint64 ours = 0;
    guint64 theirs = 0;
    if (!read_release(question->xen_version, &ours)) {
        return g_strdup("this host does not say which Xen it has, and a guest must not go to an "
                        "older one");
    }
    if (!read_release(answer->xen_version, &theirs)) {
        return g_strdup_printf("%s does not say which Xen it has, and a guest must not go to an "
                               "older one",
                               question->target);
    }
    return theirs >= ours
               ? NULL
               : g_strdup_printf("%s has Xen %s, which is older than this host's %s",
                                 question->target, answer->xen_version, question->xen_version);
}

static char *find_lack_of_memory(const MoveQuestion *question)
{
    gint64 free_mib = question->answer->free_memory_mib;
    gint64 needed_mib = memory_most_mib(question->memory_mib);
    if (free_mib < 0) {
        return g_strdup_printf("%s does not say how much memory is free", question->target);
    }
    if (free_mib - question->taken_mib >= needed_mib) {
        return NULL;
    }
    return g_strdup_printf("it needs %" G_GINT64_FORMAT " MiB, and %s has %" G_GINT64_FORMAT
                           " MiB free%s",
                           needed_mib, question->target, free_mib - question->taken_mib,
                           question->taken_mib > 0 ? " beside what else goes there" : "");
}

char *move_find_obstacle(const MoveQuestion *question, gboolean *is_twice)
{
    const HostAnswer *answer = question->answer;
    gboolean is_wanted = FALSE;
    *is_twice = FALSE;
    if (answer == NULL || answer->trouble != NULL) {
        return g_strdup_printf("%s %s", question->target,
                               answer != NULL ? answer->trouble : "was not asked");
    }
    for (guint i = 0; i < answer->domains->len; i++) {
        const AnswerDomain *domain = g_ptr_array_index(answer->domains, i);
        if (!answer_domain_is(domain, question->name, question->uuid)) {
            continue;
        }
        gboolean is_it = strcmp(domain->uuid, question->uuid) == 0;
        if (domain->seen != ANSWER_SEEN_ABSENT) {
            *is_twice = is_it && domain->seen == ANSWER_SEEN_RUNNING;
            return is_it ? g_strdup_printf("it is on %s too, as %s, %s (destroy it there, or "
                                           "here, with the toolstack)",
                                           question->target, domain->name,
                                           answer_seen_name(domain->seen))
                         : g_strdup_printf("a domain %s with another uuid is on %s (rename or "
                                           "stop that one)",
                                           domain->name, question->target);
        }
        if (domain->recorded == ANSWER_RECORDED_RUNNING) {
            return g_strdup_printf("the record of %s says that it runs there, or that something "
                                   "was begun with it (xensure apply there puts that right)",
                                   question->target);
        }
        is_wanted = is_wanted || (is_it && domain->is_wanted);
    }
    if (!is_wanted) {
        /* It would send it back. */
        return g_strdup_printf("wait: %s has not applied a spec yet that gives it the domain "
                               "(xensure apply there)",
                               question->target);
    }
    char *obstacle = find_wrong_release(question);
    return obstacle != NULL ? obstacle : find_lack_of_memory(question);
}

/* ---- afterwards ---- */

static MoveHere see_row(const ObservedDomain *row)
{
    /* The name is taken away before the domain is killed: Xen
     * tools/libs/light/libxl_domain.c:devices_destroy_cb. */
    if (row->is_dying || strcmp(row->name, "(null)") == 0) {
        return HERE_DYING;
    }
    if (g_str_has_suffix(row->name, "--migratedaway")) {
        return HERE_SENT;
    }
    g_autofree char *plain = domain_name_under_way(row->name);
    if (plain != NULL) {
        return HERE_ODD;
    }
    /* A reason that nobody can tell may be a suspension, too. */
    gboolean is_suspended =
        row->reason == SHUTDOWN_REASON_SUSPEND || row->reason == SHUTDOWN_REASON_UNKNOWN;
    return !row->is_shut_down ? HERE_LIVES : is_suspended ? HERE_SUSPENDED : HERE_ENDED;
}

MoveHere move_see_here(const Observed *observed, const char *uuid, guint32 *domid)
{
    MoveHere here = HERE_GONE;
    *domid = 0;
    for (guint i = 0; i < observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        if (row->domid == 0 || strcmp(row->uuid, uuid) != 0) {
            continue;
        }
        here = here == HERE_GONE ? see_row(row) : HERE_SEVERAL;
        *domid = row->domid;
    }
    return here;
}

static MoveThere see_answer_domain(const AnswerDomain *domain)
{
    g_autofree char *plain = domain_name_under_way(domain->name);
    if (plain != NULL) {
        return THERE_HALF;
    }
    switch (domain->seen) {
    case ANSWER_SEEN_RUNNING:
        return THERE_RUNS;
    case ANSWER_SEEN_PAUSED:
        return THERE_PAUSED;
    case ANSWER_SEEN_SHUT_DOWN:
        return THERE_ENDED;
    case ANSWER_SEEN_ABSENT:
        return THERE_GONE;
    case ANSWER_SEEN_UNKNOWN:
        return THERE_UNKNOWN;
    }
    return THERE_UNKNOWN;
}

MoveThere move_see_there(const HostAnswer *answer, const char *uuid)
{
    MoveThere there = THERE_GONE;
    if (answer == NULL || answer->trouble != NULL) {
        return THERE_UNKNOWN;
    }
    for (guint i = 0; i < answer->domains->len; i++) {
        const AnswerDomain *domain = g_ptr_array_index(answer->domains, i);
        if (domain->uuid[0] == '\0') {
            return THERE_UNKNOWN;
        }
        if (strcmp(domain->uuid, uuid) != 0 || domain->seen == ANSWER_SEEN_ABSENT) {
            continue;
        }
        there = there == THERE_GONE ? see_answer_domain(domain) : THERE_SEVERAL;
    }
    return there;
}

typedef struct {
    MoveEnd end;
    const char *what; /* {host}: the target, {name}: the domain, {id}: of the row here */
} Verdict;

/* What to do with a guest whose memory is only here, and which nobody runs. */
#define RESUME_OR_FORGET                                                                           \
    " (with Xen 4.20 or later, xl resume {id} lets it run on; xensure-protocol(7) tells how "      \
    "else; "                                                                                       \
    "or destroy id {id} with the toolstack, which loses what is in its memory, and then xensure "  \
    "forget {name} lets it be started anew)"
#define DESTROY_HALF "destroy {name}--incoming there with the toolstack, and then: "
#define TWO_THERE                                                                                  \
    "{host} has several domains with its uuid: it may run twice (destroy the wrong one there)"

/* The protocol is Xen tools/xl/xl_migrate.c: the target has the whole guest, paused, as
 * NAME--incoming; the source renames its own, suspended, to NAME--migratedaway and only then tells
 * the target to go on; the target takes the name and lets it run, and then the source destroys its
 * own. A target that is lost before it was told is given up, and the guest runs on at the source.
 * So a guest that lives here under its own name cannot be let go on there by this migration; one
 * that is suspended under the other name may be, at any moment, for as long as it is half there. */
static const Verdict verdicts[MOVE_HERE_COUNT][MOVE_THERE_COUNT] = {
    [HERE_GONE] =
        {
            [THERE_UNKNOWN] = {MOVE_WAIT, "it is not here any more, and whether it runs on {host} "
                                          "is not known"},
            [THERE_GONE] = {MOVE_WAIT, "it is neither here nor on {host}: its guest has ended "
                                       "there, or it is lost (when it is sure that it runs "
                                       "nowhere: xensure forget {name}, and {host} starts it)"},
            [THERE_RUNS] = {MOVE_DONE, "it runs on {host}"},
            [THERE_PAUSED] = {MOVE_DONE, "it is on {host}, paused"},
            [THERE_ENDED] = {MOVE_DONE, "it is on {host}, where its guest has ended"},
            [THERE_HALF] = {MOVE_WAIT, "it is not here any more, and only half of it is on {host}: "
                                       "it runs nowhere (" DESTROY_HALF "xensure forget {name})"},
            [THERE_SEVERAL] = {MOVE_CONFLICT, TWO_THERE},
        },
    [HERE_LIVES] =
        {
            [THERE_UNKNOWN] = {MOVE_STAYED, "it runs on here; what is left of it on {host} is not "
                                            "known"},
            [THERE_GONE] = {MOVE_STAYED, "it runs on here"},
            [THERE_RUNS] = {MOVE_CONFLICT, "it runs here (id {id}) and on {host}: destroy one of "
                                           "the two at once with the toolstack"},
            [THERE_PAUSED] = {MOVE_CONFLICT, "it runs here (id {id}), and is on {host} too, "
                                             "paused: destroy that one, and do not unpause it"},
            [THERE_ENDED] = {MOVE_CONFLICT, "it runs here (id {id}), and what is left of it is on "
                                            "{host}: destroy that there with the toolstack"},
            [THERE_HALF] = {MOVE_STAYED, "it runs on here; half of it is left on {host} (if it "
                                         "stays so: destroy {name}--incoming there)"},
            [THERE_SEVERAL] = {MOVE_CONFLICT, TWO_THERE},
        },
    [HERE_SUSPENDED] =
        {
            [THERE_UNKNOWN] = {MOVE_WAIT, "it is suspended here (id {id}), and whether it runs on "
                                          "{host} is not known: nothing is touched until it is"},
            [THERE_GONE] = {MOVE_WAIT, "it is suspended here (id {id}) and not on {host}: it runs "
                                       "nowhere" RESUME_OR_FORGET},
            [THERE_RUNS] = {MOVE_CONFLICT, "it runs on {host}, and is suspended here: destroy id "
                                           "{id} here, and never resume it"},
            [THERE_PAUSED] = {MOVE_CONFLICT, "it is suspended here (id {id}) and paused on "
                                             "{host}: only one of the two may run on, so destroy "
                                             "the other first"},
            [THERE_ENDED] = {MOVE_CONFLICT, "it has ended on {host}, and is suspended here: "
                                            "destroy id {id} here, and never resume it"},
            [THERE_HALF] = {MOVE_WAIT, "it is suspended here (id {id}), and half of it is on "
                                       "{host}: it runs nowhere (" DESTROY_HALF
                                       "with Xen 4.20 or later, xl resume {id}, or as "
                                       "xensure-protocol(7) tells; or destroy id {id} here, and "
                                       "xensure forget {name})"},
            [THERE_SEVERAL] = {MOVE_CONFLICT, TWO_THERE},
        },
    [HERE_SENT] =
        {
            [THERE_UNKNOWN] = {MOVE_WAIT, "it was given away (id {id} is what is left here), and "
                                          "whether it runs on {host} is not known: nothing is "
                                          "touched until it is"},
            [THERE_GONE] = {MOVE_WAIT, "it was given away and is not on {host}: it runs "
                                       "nowhere" RESUME_OR_FORGET},
            [THERE_RUNS] = {MOVE_CONFLICT, "it runs on {host}, and what is left of it here must "
                                           "never run: destroy id {id} here with the toolstack"},
            [THERE_PAUSED] = {MOVE_CONFLICT, "it was given away and is on {host}, paused: destroy "
                                             "id {id} here with the toolstack, and unpause it "
                                             "there"},
            [THERE_ENDED] = {MOVE_CONFLICT, "it was given away and has ended on {host}: destroy "
                                            "id {id} here with the toolstack"},
            [THERE_HALF] = {MOVE_WAIT, "it was given away (id {id} is what is left here), and "
                                       "half of it is on {host}, which may still let it run (if "
                                       "it stays so, it runs nowhere: xensure-protocol(7) tells "
                                       "how it may go on; or destroy {name}--incoming there, then "
                                       "id {id} here, and xensure forget {name})"},
            [THERE_SEVERAL] = {MOVE_CONFLICT, TWO_THERE},
        },
    [HERE_ENDED] =
        {
            [THERE_UNKNOWN] = {MOVE_WAIT, "its guest has ended here (id {id}), and whether it "
                                          "runs on {host} is not known"},
            [THERE_GONE] = {MOVE_STAYED, "its guest has ended here"},
            [THERE_RUNS] = {MOVE_CONFLICT, "it runs on {host}, and what is left of it here is to "
                                           "be destroyed: id {id}"},
            [THERE_PAUSED] = {MOVE_CONFLICT, "its guest has ended here (id {id}), and it is on "
                                             "{host}, paused: destroy one of the two"},
            [THERE_ENDED] = {MOVE_CONFLICT, "its guest has ended here (id {id}) and on {host}: "
                                            "destroy what is left of it here"},
            [THERE_HALF] = {MOVE_STAYED, "its guest has ended here; half of it is left on {host} "
                                         "(if it stays so: destroy {name}--incoming there)"},
            [THERE_SEVERAL] = {MOVE_CONFLICT, TWO_THERE},
        },
    [HERE_DYING] =
        {
            [THERE_UNKNOWN] = {MOVE_WAIT, "wait: it is dying here, and whether it runs on {host} "
                                          "is not known"},
            [THERE_GONE] = {MOVE_WAIT, "wait: it is dying here, and is not on {host}"},
            [THERE_RUNS] = {MOVE_WAIT, "wait: it runs on {host}, and what is left of it here is "
                                       "dying (if it stays so, something in dom0 holds its "
                                       "memory)"},
            [THERE_PAUSED] = {MOVE_WAIT, "wait: it is on {host}, paused, and what is left of it "
                                         "here is dying"},
            [THERE_ENDED] = {MOVE_WAIT, "wait: it has ended on {host}, and what is left of it "
                                        "here is dying"},
            [THERE_HALF] = {MOVE_WAIT, "wait: it is dying here, and half of it is on {host}"},
            [THERE_SEVERAL] = {MOVE_CONFLICT, TWO_THERE},
        },
    [HERE_ODD] =
        {
            [THERE_UNKNOWN] = {MOVE_WAIT, "wait: another migration of it is under way here (id "
                                          "{id})"},
            [THERE_GONE] = {MOVE_WAIT, "wait: another migration of it is under way here (id {id})"},
            [THERE_RUNS] = {MOVE_CONFLICT, "it runs on {host}, and another migration of it is "
                                           "under way here (id {id})"},
            [THERE_PAUSED] = {MOVE_WAIT, "wait: another migration of it is under way here (id "
                                         "{id})"},
            [THERE_ENDED] = {MOVE_WAIT, "wait: another migration of it is under way here (id "
                                        "{id})"},
            [THERE_HALF] = {MOVE_WAIT, "wait: another migration of it is under way here (id {id})"},
            [THERE_SEVERAL] = {MOVE_CONFLICT, TWO_THERE},
        },
    [HERE_SEVERAL] =
        {
#define TWO_HERE                                                                                   \
    {                                                                                              \
        MOVE_CONFLICT, "several domains with its uuid are here: it may run twice (destroy the "    \
                       "wrong one with the toolstack)"                                             \
    }
            [THERE_UNKNOWN] = TWO_HERE,
            [THERE_GONE] = TWO_HERE,
            [THERE_RUNS] = TWO_HERE,
            [THERE_PAUSED] = TWO_HERE,
            [THERE_ENDED] = TWO_HERE,
            [THERE_HALF] = TWO_HERE,
            [THERE_SEVERAL] = TWO_HERE,
        },
};

MoveEnd move_decide(MoveHere here, MoveThere there, const char *target, const HostAnswer *answer,
                    const char *name, guint32 domid, char **what)
{
    const Verdict *verdict = &verdicts[here][there];
    g_autofree char *id = g_strdup_printf("%u", domid);
    GString *text = g_string_new(verdict->what);
    g_string_replace(text, "{host}", target, 0);
    g_string_replace(text, "{name}", name, 0);
    g_string_replace(text, "{id}", id, 0);
    if (there == THERE_UNKNOWN && answer != NULL && answer->trouble != NULL) {
        g_string_append_printf(text, "; %s %s", target, answer->trouble);
    }
    *what = g_string_free(text, FALSE);
    return verdict->end;
}

/* ---- failures ---- */

/* What xl and the target's xl print, most telling first; both are on one stderr (Xen
 * tools/xl/xl_migrate.c, tools/libs/guest/xg_sr_save.c). */
static const struct {
    const char *text;
    const char *name;
    gboolean is_lasting;
} failures[] = {
    {"Failed to enable logdirty",
     "this Xen cannot follow what a running PV guest writes (it has no shadow paging), so the "
     "guest cannot be moved while it runs",
     TRUE},
    {"guest didn't acknowledge suspend", "the guest did not suspend itself when asked to", FALSE},
    {"Failed to populate physmap", "the other host has not enough memory", FALSE},
    {"failed to free memory for the domain", "the other host has not enough memory", FALSE},
    {"already exists", "a domain of its name is on the other host", FALSE},
    {"Host key verification failed", "ssh does not know the other host's key", FALSE},
    {"Permission denied", "ssh may not log in to the other host", FALSE},
    {"Could not resolve hostname", "the other host's address cannot be resolved", FALSE},
    {"Error resolving", "the other host's address cannot be resolved", FALSE},
    {"No route to host", "the other host cannot be reached", FALSE},
    {"Connection refused", "the other host takes no connections", FALSE},
    {"Connection timed out", "the other host cannot be reached", FALSE},
    {"command not found", "the other host has no xl on its PATH", FALSE},
    {"exited with error status 127", "a program is missing, here or on the other host", FALSE},
    {"Migration failed during final handshake", "the connection broke in the last handshake",
     FALSE},
    {"Target reports startup failure", "the other host could not start it", FALSE},
    {"Migration failed due to problems at target", "the other host could not start it", FALSE},
    {"reading banner from migration receiver",
     "the other host's xl did not answer, or something else printed before it", FALSE},
    {"failed to suspend at sender", "the guest could not be suspended", FALSE},
    {"Migration failed, resuming at sender", "the connection broke, or the other host gave up",
     FALSE},
};

const char *move_name_failure(const char *errors, gboolean *is_lasting)
{
    *is_lasting = FALSE;
    for (guint i = 0; errors != NULL && i < G_N_ELEMENTS(failures); i++) {
        if (strstr(errors, failures[i].text) != NULL) {
            *is_lasting = failures[i].is_lasting;
            return failures[i].name;
        }
    }
    return NULL;
}
