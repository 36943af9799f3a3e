/* Text that may be parsed: bytes whose origin somebody has vouched for.
 *
 * The YAML reader takes nothing else, so bytes from the network cannot reach it before their
 * signature was checked: only this file's constructors make a TrustedText. */
#pragma once

#include <glib.h>

typedef enum {
    TEXT_ORIGIN_LOCAL, /* a file or stream of this host; the caller checked who may write it */
    TEXT_ORIGIN_SIGNED /* verified against the keyring */
} TextOrigin;

typedef struct TrustedText TrustedText;

/* The bytes of a local file or of standard input. NAME is what messages show ("web.yaml", "-").
 * Takes a reference on BYTES. */
TrustedText *trusted_text_new_local(const char *name, GBytes *bytes);
void trusted_text_free(TrustedText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TrustedText, trusted_text_free)

const char *trusted_text_name(const TrustedText *text);
TextOrigin trusted_text_origin(const TrustedText *text);
/* The bytes; not terminated by a NUL. */
const char *trusted_text_bytes(const TrustedText *text, gsize *length);
