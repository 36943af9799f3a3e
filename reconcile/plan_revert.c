/* A changed domain that did not start, where the spec says that the last one that ran is then put
 * back. */
#include "reconcile/plan_steps.h"
#include "reconcile/record_settings.h"

#include <string.h>

/* A guest that ends so soon after the start of a new config counts as one that has not started. */
#define PROOF_S 600

struct Fallback {
    RecordedSettings *recorded; /* whose values are the domain's */
    Domain *domain;
};

void fallback_free(Fallback *fallback)
{
    domain_free_with(fallback->domain);
    recorded_settings_free(fallback->recorded);
    g_free(fallback);
}

static gboolean is_digest_of(const Domain *domain, const char *digest)
{
    g_autofree char *own = digest != NULL ? domain_digest(domain) : NULL;
    return own != NULL && strcmp(own, digest) == 0;
}

gboolean plan_is_put_back(const Domain *domain, const RecordDomain *recorded)
{
    return recorded != NULL && domain_is(domain, DOMAIN_KEY_on_failed_change, "revert") &&
           is_digest_of(domain, recorded->failed_digest);
}

gboolean plan_has_failed_change(const Planning *planning, const Domain *domain,
                                const RecordDomain *recorded)
{
    if (recorded == NULL || recorded->ran == NULL || recorded->attempts->len == 0 ||
        record_is_creating(recorded) || !is_digest_of(domain, recorded->tried_digest)) {
        return FALSE;
    }
    gint64 last = g_array_index(recorded->attempts, gint64, recorded->attempts->len - 1);
    return recorded->has_not_started ||
           (recorded->is_running && planning->policy->now - last <= PROOF_S);
}

/* What a domain that does not start goes back to: what was proved last. */
static const char *find_text(const RecordDomain *recorded)
{
    return recorded->ran != NULL ? recorded->ran : recorded->is_proved ? recorded->settings : NULL;
}

const Domain *plan_find_fallback(Planning *planning, const Domain *domain,
                                 const RecordDomain *recorded)
{
    if (recorded == NULL || !domain_is(domain, DOMAIN_KEY_on_failed_change, "revert")) {
        return NULL;
    }
    RecordedSettings *settings = recorded_settings_read(find_text(recorded));
    if (settings == NULL) {
        return NULL;
    }
    Fallback *fallback = g_new0(Fallback, 1);
    fallback->recorded = settings;
    fallback->domain = domain_new_with(domain, g_steal_pointer(&settings->settings));
    g_ptr_array_add(planning->plan->fallbacks, fallback);
    return fallback->domain;
}

void plan_prepare_revert(Planning *planning, Action *action)
{
    const Domain *fallback = plan_find_fallback(planning, action->domain, action->recorded);
    g_autofree char *digest = fallback != NULL ? domain_digest(action->domain) : NULL;
    if (fallback != NULL && !is_digest_of(fallback, digest)) {
        action->revert = plan_new_action(planning, ACTION_CREATE, action->name, action->uuid,
                                         fallback, NULL, g_strdup("it is put back"));
        action->revert->instead_of = action->domain;
    }
}

void plan_put_back(Planning *planning, const Domain *domain, const char *uuid,
                   const ObservedDomain *seen, Differences *differences)
{
    g_autofree char *what = changes_describe(differences->recreate);
    g_autofree char *live = changes_describe(differences->live);
    const char *both = *what != '\0' && *live != '\0' ? ", " : "";
    Action *action = plan_add(planning, ACTION_RESTART, domain->name, uuid, domain, seen,
                              g_strdup_printf("%s%s%s did not start", what, both, live));
    changes_move(differences->recreate, action->changes);
    changes_move(differences->live, action->changes);
    action->stops_living = TRUE;
    action_hold(action, HOLD_WAIT,
                "the last config that ran was put back (change its spec, or xensure forget %s, to "
                "try the new one again)",
                domain->name);
}
