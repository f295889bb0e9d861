/* SPDX-License-Identifier: MPL-2.0 */
/* One item of a FETCH command. */
#pragma once

#include "imap/fetch.h"

/* The item at the beginning of @rest, which moves behind it. @in_list: a list that follows an
 * unknown item belongs to it; else it is the modifiers of the command. */
ImapItem *imap_item_take(BaseBytes *rest, bool in_list, GError **error);
