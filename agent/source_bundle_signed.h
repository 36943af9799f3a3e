/* What a bundle's own signatures vouch for: one file with its signatures beside it, or a signed
 * manifest and the files that it lists. */
#pragma once

#include "agent/source_bundle.h"
#include "spec/trusted_text.h"

/* Appends the texts (of TrustedText) of BUNDLE, the first file of which is what is signed; they are
 * called PLACE (an address up to its last slash) and the name of their file, and what is signed has
 * to be signed for that. SOURCE_ERROR_UNSIGNED (source.h) where too few keys vouch for one, where
 * one is missing, or is not listed. */
gboolean source_bundle_read_signed(const SourceBundle *bundle, const char *place,
                                   const Keyring *keyring, GPtrArray *texts, GError **error);
/* The files (names, to be freed) that the manifest lists which is the first file of BUNDLE; its
 * signature is checked before it is read. NULL as above. */
GPtrArray *source_bundle_list_signed(const SourceBundle *bundle, const char *place,
                                     const Keyring *keyring, GError **error);
