/* Text that may be parsed: bytes whose origin somebody has vouched for.
 *
 * The YAML reader takes nothing else, so bytes from the network cannot reach it before their
 * signature was checked: only this file's constructors make a TrustedText. */
#pragma once

#include "spec/keyring.h"
#include "spec/manifest.h"
#include "spec/signed_commit.h"

typedef struct TrustedText TrustedText;

/* The bytes of a local file or of standard input; the caller has checked who may write it. NAME is
 * what messages show ("web.yaml", "-"). Takes a reference on BYTES. */
TrustedText *trusted_text_new_local(const char *name, GBytes *bytes);
/* Bytes that enough keys of the keyring vouch for; SIGNATURES (of SignatureFile) say so, each of
 * what is CALLED so (manifest_signed_name()), so that nobody can put what was signed for one place
 * at another. CALLED NULL: they are of a local file, too, that the caller has checked as above.
 * NULL and SIGNATURE_ERROR_REFUSED when they do not. */
TrustedText *trusted_text_new_signed(const char *name, GBytes *bytes, const char *called,
                                     const Keyring *keyring, const GPtrArray *signatures,
                                     GError **error);
/* Bytes that a manifest vouches for; it has been read from MANIFEST_TEXT, which must be signed. The
 * last part of NAME is what it lists. NULL and SIGNATURE_ERROR_REFUSED when it does not. */
TrustedText *trusted_text_new_listed(const char *name, GBytes *bytes,
                                     const TrustedText *manifest_text, const Manifest *manifest,
                                     GError **error);
/* A file of a folder that a signed commit vouches for; its name becomes "NAME/" and that. When it
 * was signed counts for nothing: a commit has the time that its maker's clock had. */
TrustedText *trusted_text_new_committed(const char *name, const SignedCommit *commit,
                                        const SignedFolder *folder, guint number);
void trusted_text_free(TrustedText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TrustedText, trusted_text_free)

const char *trusted_text_name(const TrustedText *text);
/* Can nobody but this host's own administrators have written it? */
gboolean trusted_text_is_local(const TrustedText *text);
/* The digest of the bytes that were signed, in hex; NULL: nobody has signed them. */
const char *trusted_text_signed_digest(const TrustedText *text);
/* Who has signed them (of Signer); NULL: nobody. */
const GPtrArray *trusted_text_signers(const TrustedText *text);
/* Only by the keys that others have followed since (keyring_set_before())? */
gboolean trusted_text_is_signed_before(const TrustedText *text);
/* When, in seconds since 1970: as late as so many of the signers say that they suffice alone; 0:
 * they do not say. */
gint64 trusted_text_signed_time(const TrustedText *text);
/* The bytes; not terminated by a NUL. */
const char *trusted_text_bytes(const TrustedText *text, gsize *length);
