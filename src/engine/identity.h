/* Accounts and logon sessions, and which of them are the web server's. */
#ifndef TCS_ENGINE_IDENTITY_H
#define TCS_ENGINE_IDENTITY_H

#include "engine/state.h"

enum identity_place { BY_SUBJECT = TCS_KEY_SUBJECT_SID, BY_TARGET = TCS_KEY_TARGET_SID };

/* What an event says of its subject or target; with_sid: the SID at that place belongs to it. */
struct claim claim_of(struct tcs_engine *e, uint32_t host, const struct tcs_event *ev,
                      enum identity_place place);
/* What an event says in one text, DOMAIN\name; logon is given apart. */
struct claim claim_of_user(struct tcs_engine *e, uint32_t host, struct tcs_value user,
                           struct tcs_value logon);
/*
 * Puts an account that was stored back to its place: key, is_joined and
 * is_system of `from` say what it is. False if they cannot be an account's, or
 * without memory.
 */
bool account_load(struct tcs_engine *e, uint32_t slot, const struct account *from);
void account_free_all(struct tcs_engine *e);
/* A logon session of the web account. */
void identity_learn_logon(struct tcs_engine *e, uint32_t host, uint64_t logon);
/* Whether two accounts are the same: yes, no, or the log does not tell. */
enum sameness { SAME_NO, SAME_YES, SAME_UNKNOWN };
enum sameness account_same(const struct tcs_engine *e, uint32_t a, uint32_t b);

#endif
