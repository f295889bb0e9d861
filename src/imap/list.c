/* SPDX-License-Identifier: MPL-2.0 */
/* Which mailbox is for what. */
#include "imap/list.h"

#include "imap/command.h"
#include "imap/token.h"
#include "imap/utf7.h"

/* RFC 6154 section 2, and XLIST before it. */
static const struct {
	const char *attribute;
	ImapUse use;
} attributes_known[] = {
	{"\\Sent", IMAP_USE_SENT}, {"\\Drafts", IMAP_USE_DRAFTS}, {"\\Junk", IMAP_USE_JUNK},
	{"\\Spam", IMAP_USE_JUNK}, {"\\Trash", IMAP_USE_TRASH},
};

/* Names that Thunderbird, Outlook, Apple Mail, web mailers and providers make; any case. Each
 * stands between bars. */
static const char names_sent[] =
	"|Sent|Sent Items|Sent Messages|Sent Mail|Sent-Mail|Sent Objects|Gesendet|"
	"Gesendete Objekte|Gesendete Elemente|Gesendete Nachrichten|Gesendete Mails|Envoyés|"
	"Éléments envoyés|Messages envoyés|Courrier envoyé|Objets envoyés|Enviados|"
	"Elementos enviados|Mensajes enviados|Correo enviado|Itens enviados|"
	"Mensagens enviadas|E-mails enviados|Inviata|Inviati|Posta inviata|Verzonden|"
	"Verzonden items|Verzonden berichten|Wysłane|Elementy wysłane|Odeslané|Odeslaná pošta|"
	"Odoslané|Skickat|Skickade|Skickade objekt|Sendt|Sendte|Sendte elementer|Sendt post|"
	"Sendt mail|Lähetetyt|Отправленные|Надіслані|Gönderilmiş|Gönderilmiş Öğeler|"
	"Gönderilenler|Elküldött|Elküldött elemek|Trimise|Elemente trimise|Απεσταλμένα|"
	"送信済み|送信済みメール|送信済みアイテム|送信済みトレイ|已发送|已发送邮件|已傳送郵件|"
	"寄件備份|보낸편지함|보낸 편지함|";
static const char names_drafts[] =
	"|Drafts|Draft|Entwürfe|Entwurf|Brouillons|Borradores|Rascunhos|Bozze|Concepten|"
	"Szkice|Kopie robocze|Wersje robocze|Koncepty|Rozepsané|Rozepsaná pošta|Utkast|"
	"Kladder|Kladde|Luonnokset|Черновики|Чернетки|Taslaklar|Piszkozatok|Ciorne|Schițe|"
	"Πρόχειρα|下書き|草稿|草稿箱|임시보관함|임시 보관함|";
static const char names_junk[] =
	"|Junk|Junk E-mail|Junk-E-Mail|Junk Email|Junk Mail|Spam|Bulk|Bulk Mail|Spamverdacht|"
	"Unerwünscht|Courrier indésirable|Indésirables|Pourriel|Correo no deseado|"
	"Lixo eletrônico|Lixo eletrónico|Posta indesiderata|Ongewenst|Ongewenste e-mail|"
	"Niechciane|Wiadomości-śmieci|Nevyžádaná pošta|Nevyžádané|Skräppost|Søppelpost|"
	"Uønsket mail|Uønsket post|Uønsket e-post|Roskaposti|Спам|Önemsiz|Gereksiz|"
	"Levélszemét|迷惑メール|垃圾邮件|垃圾郵件|스팸함|스팸메일함|";
static const char names_trash[] =
	"|Trash|Deleted|Deleted Items|Deleted Messages|Bin|Papierkorb|Gelöscht|"
	"Gelöschte Objekte|Gelöschte Elemente|Corbeille|Éléments supprimés|Papelera|"
	"Elementos eliminados|Lixeira|Lixo|Itens excluídos|Cestino|Posta eliminata|Prullenbak|"
	"Verwijderde items|Kosz|Elementy usunięte|Koš|Odstraněná pošta|Papperskorgen|"
	"Borttagna objekt|Papirkurv|Papirkorg|Slettede elementer|Slettet post|Roskakori|"
	"Корзина|Удаленные|Кошик|Видалені|Çöp Kutusu|Silinmiş Öğeler|Kuka|Törölt elemek|"
	"Coș de gunoi|ゴミ箱|削除済みアイテム|已删除邮件|垃圾桶|휴지통|";
static const char *const names_of[] = {
	[IMAP_USE_NONE] = "",
	[IMAP_USE_SENT] = names_sent,
	[IMAP_USE_DRAFTS] = names_drafts,
	[IMAP_USE_JUNK] = names_junk,
	[IMAP_USE_TRASH] = names_trash,
};

void
imap_listed_clear(ImapListed *listed)
{
	g_clear_pointer(&listed->attributes, g_strfreev);
	g_clear_pointer(&listed->mailbox, g_free);
	listed->delimiter = '\0';
}

/* DQUOTE QUOTED-CHAR DQUOTE / nil */
static bool
take_delimiter(BaseBytes *rest, char *out)
{
	g_autofree char *text = imap_take_astring(rest);

	if (text == NULL) {
		return false;
	}
	if (strlen(text) == 1) {
		*out = text[0];
		return true;
	}
	*out = '\0';
	return g_ascii_strcasecmp(text, "NIL") == 0;
}

/* "LIST" SP "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox [SP ...] */
bool
imap_listed_parse(BaseBytes response, ImapListed *out)
{
	static const char *const names[] = {"LIST", "XLIST", "LSUB", NULL};
	g_auto(ImapListed) listed = {0};
	ImapResponse r;

	imap_response_parse(response, &r);
	if (r.kind != IMAP_UNTAGGED || r.has_number || !g_strv_contains(names, r.name)) {
		return false;
	}
	listed.attributes = imap_take_atoms(&r.rest);
	if (listed.attributes == NULL || !take_delimiter(&r.rest, &listed.delimiter)) {
		return false;
	}
	listed.mailbox = imap_take_astring(&r.rest);
	if (listed.mailbox == NULL) {
		return false;
	}
	*out = listed;
	listed = (ImapListed){0};
	return true;
}

static char *
folded(const char *text)
{
	g_autofree char *composed = g_utf8_normalize(text, -1, G_NORMALIZE_NFC);
	return composed == NULL ? NULL : g_utf8_casefold(composed, -1);
}

static ImapUse
use_of_name(const char *name)
{
	g_autofree char *between = g_strdup_printf("|%s|", name);
	g_autofree char *wanted = folded(between);
	bool is_name = *name != '\0' && strchr(name, '|') == NULL && wanted != NULL;

	for (size_t use = 0; is_name && use < G_N_ELEMENTS(names_of); use++) {
		g_autofree char *known = folded(names_of[use]);
		if (known != NULL && strstr(known, wanted) != NULL) {
			return (ImapUse)use;
		}
	}
	return IMAP_USE_NONE;
}

static ImapUse
use_of_attributes(char **attributes)
{
	for (size_t i = 0; attributes != NULL && attributes[i] != NULL; i++) {
		for (size_t k = 0; k < G_N_ELEMENTS(attributes_known); k++) {
			if (g_ascii_strcasecmp(attributes[i], attributes_known[k].attribute) == 0) {
				return attributes_known[k].use;
			}
		}
	}
	return IMAP_USE_NONE;
}

/* The part of a name behind the last delimiter, which is "/" or "." nearly everywhere. */
static const char *
last_part(const char *name, char delimiter)
{
	const char *at = strrchr(name, delimiter);
	return at == NULL ? name : at + 1;
}

ImapUse
imap_use_of(const char *mailbox, char **attributes)
{
	static const char delimiters[] = {'/', '.', '\\'};
	ImapUse use = use_of_attributes(attributes);

	if (use != IMAP_USE_NONE) {
		return use;
	}
	g_autofree char *name = imap_utf7_decode(mailbox);
	for (size_t i = 0; name != NULL && use == IMAP_USE_NONE && i < sizeof(delimiters); i++) {
		use = use_of_name(last_part(name, delimiters[i]));
	}
	return use;
}
