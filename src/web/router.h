/* SPDX-License-Identifier: MPL-2.0 */
/*
 * All addresses in one table (routes.c): method, path, who may ask, what answers. A page is the
 * answer of the interface and a template; so both say the same.
 */
#pragma once

#include "web/site.h"
#include <json-glib/json-glib.h>

typedef enum {
	WEB_FOR_ALL,   /* of this machine */
	WEB_FOR_LOGIN, /* a session, or the token of the home; POST by cookie: with the session's
			  token */
	WEB_FOR_TOKEN, /* only the token of the home */
} WebFor;

typedef struct {
	WebSite *site;
	WebSession *session;  /* NULL unless the route is for a login */
	bool by_token;        /* the token of the home was said: no form could do that */
	bool page;            /* a person asks, not a program */
	bool head;            /* nothing but the header is wanted */
	const char *method;   /* static; "GET" for HEAD, too */
	char *path;           /* as it stands in the request */
	char *query_text;     /* the same; NULL: none */
	char *language;       /* base/language.h */
	GPtrArray *arguments; /* of char *: what stands for each {} of the path, decoded */
	GHashTable *query;    /* char * -> GPtrArray of char * */
	GHashTable *fields;   /* the same: of a form in the body; multipart: its fields */
	GPtrArray *files;     /* of WebFile: of a multipart form */
	JsonNode *json;       /* a body of application/json; NULL */
	char *type;           /* Content-Type of the body; NULL: none */
	char *known;          /* If-None-Match; NULL: none */
	GBytes *body;         /* never NULL */
	GCancellable *stop;
} WebRequest;

typedef struct {
	char *field;
	char *name;
	char *type;
	GBytes *data;
} WebFile;

/* NULL: not there. The first of several. */
const char *web_request_query(const WebRequest *request, const char *name);
/* Of a form's field, or of a member of a JSON body. */
const char *web_request_field(const WebRequest *request, const char *name);
/* All of one name; NULL: none. Borrowed. */
const GPtrArray *web_request_all(const WebRequest *request, const char *name);
const char *web_request_argument(const WebRequest *request, guint i);

/* What leaves beside the octets. */
typedef enum {
	WEB_POLICY_PAGE,    /* our own pages */
	WEB_POLICY_DATA,    /* JSON and files: nothing may load anything */
	WEB_POLICY_MESSAGE, /* a message's HTML, for the frame */
} WebPolicy;

typedef struct {
	guint status;
	char *type;
	GBytes *body;
	WebPolicy policy;
	char *location;    /* NULL: none */
	char *cookie;      /* Set-Cookie; NULL: none */
	char *disposition; /* Content-Disposition; NULL: none */
	char *allow;       /* Allow; NULL: none */
	const char *cache; /* Cache-Control, static; NULL: nobody keeps it */
	char *etag;        /* ETag; NULL: none */
	char *code;        /* of an error, and its text; NULL: none */
	char *text;
	JsonNode *error_more; /* members beside code and text; NULL: none */
	JsonNode *data;       /* of an error page: what the template gets beside; NULL: none */
} WebReply;

void web_reply_clear(WebReply *reply);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WebReply, web_reply_clear)

void web_reply_take(WebReply *reply, const char *type, GBytes *body);
void web_reply_text(WebReply *reply, const char *type, const char *text);
void web_reply_json(WebReply *reply, JsonNode *node);
void web_reply_json_text(WebReply *reply, char *text); /* takes @text */
/* 303, after something was done: reloading does not do it again. */
void web_reply_go(WebReply *reply, const char *location);
/* The words for programs and for people; says what to do. */
void web_reply_fail(WebReply *reply, guint status, const char *code, const char *text);
/* The same for a failure of the library. */
void web_reply_error(WebReply *reply, const GError *error);
/* {"error":{"code","text",...}} of what failed: for a page (transfer full), as the answer. */
JsonNode *web_reply_error_node(const WebReply *reply);
void web_reply_json_error(WebReply *reply);
/* To be kept, not shown: with a safe name and type. */
void web_reply_download(WebReply *reply, const char *name, const char *type, GBytes *body);

/* NULL after it filled @reply itself: an error, a file, a redirection. (transfer full) */
typedef JsonNode *(*WebHandler)(WebRequest *request, WebReply *reply);

typedef struct {
	const char *method; /* GET or POST */
	const char *path;   /* {} is one segment; {*} at the end is all that is left */
	WebFor who;
	const char *template; /* NULL: JSON */
	WebHandler handler;
} WebRoute;

extern const WebRoute WEB_ROUTES[];
extern const gsize WEB_N_ROUTES;

/* The route of @path; NULL with *@allow, "GET, HEAD" or the like (transfer full), if there is one
 * for other methods only, or with *@allow NULL. Fills @arguments, if not NULL. */
const WebRoute *web_router_find(const char *method, const char *path, GPtrArray *arguments,
				char **allow);
/* Asks the handler; then @reply is complete: an object, a page, or an error in that form. */
void web_router_run(const WebRoute *route, WebRequest *request, WebReply *reply);
/* The body of an error, as the asker reads it: JSON or a page. */
void web_router_explain(WebRequest *request, WebReply *reply);
