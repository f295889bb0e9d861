/* SPDX-License-Identifier: MPL-2.0 */
/* The whole public API. */
#pragma once

#include <postseal/account.h>
#include <postseal/authority.h>
#include <postseal/engine.h>
#include <postseal/error.h>
#include <postseal/keep.h>
#include <postseal/message.h>
#include <postseal/outgoing.h>
#include <postseal/peer.h>
#include <postseal/types.h>
#include <postseal/verdict.h>
#include <postseal/view.h>
