/* SPDX-License-Identifier: MPL-2.0 */
/* From libsoup's thread to the handlers' and back. */
#pragma once

#include "web/site.h"
#include <libsoup/soup.h>

typedef struct WebServe WebServe;

/* Answers for @server, in the thread that iterates @context; both and @site outlive it. */
WebServe *web_serve_new(SoupServer *server, GMainContext *context, WebSite *site);
/* In that thread: @client waits for no answer any more, so nothing more is read for it. What it
 * asked to be done is done: a letter leaves, though its writer closed the page. */
void web_serve_leave(WebServe *serve, const GSocketAddress *client);
/* In that thread: cancels what is being made. */
void web_serve_stop(WebServe *serve);
/* In that thread: waits until all handlers have ended; their answers are then due in @context. */
void web_serve_wait(WebServe *serve);
void web_serve_free(WebServe *serve);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WebServe, web_serve_free)
