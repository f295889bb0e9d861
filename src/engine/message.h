/* SPDX-License-Identifier: MPL-2.0 */
/* The inside of PsMessage. */
#pragma once

#include "base/source.h"
#include <postseal/message.h>

/* The octets; borrowed from @message. */
BaseSource *message_source(PsMessage *message);

/* A message on octets that outlive it. */
PsMessage *message_new_view(BaseBytes octets);
