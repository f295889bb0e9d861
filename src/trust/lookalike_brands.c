/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/lookalike_brands.h"

#include "base/file.h"
#include "trust/lookalike.h"
#include "trust/lookalike_fold.h"
#include "trust/lookalike_inside.h"
#include "trust/lookalike_name.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINES_MAX 1000 /* of the user's list */

/* A word of a language comes near to other words, and many names have it in them. */
enum {
	EVERYWHERE = 1,
	PART = 2, /* of other names too: sparkasse-bremen.de */
	WORD = 4 | PART,
	GROUP = 8 | PART, /* many houses, each with a domain of its own */
	PERSON = 16,      /* a first name, too */
};

#define MIN_GROUP 5 /* letters of such a name beside others without hyphen */

/* Who is imitated most (reports of anti-phishing groups), and the domains they write from. */
static const struct {
	const char *name;
	const char *domains;
	unsigned flags;
} ours[] = {
	/* payment */
	{"PayPal",
	 "paypal.com paypal.me paypal-community.com paypalobjects.com paypal-marketing.com",
	 EVERYWHERE},
	{"Visa", "visa.com visaeurope.com", EVERYWHERE | PART},
	{"Mastercard", "mastercard.com mastercardservices.com", EVERYWHERE},
	{"American Express", "americanexpress.com aexp.com amex.com", EVERYWHERE},
	{"Klarna", "klarna.com", EVERYWHERE},
	{"Stripe", "stripe.com", WORD},
	{"Wise", "wise.com transferwise.com", WORD},
	{"Revolut", "revolut.com", WORD},
	{"Western Union", "westernunion.com", EVERYWHERE},
	{"Coinbase", "coinbase.com", 0},
	{"Binance", "binance.com", WORD},
	{"Kraken", "kraken.com", WORD},
	{"Blockchain.com", "blockchain.com", WORD},
	/* banks */
	{"Deutsche Bank", "deutsche-bank.de db.com deutschebank.com deutsche-bank.com", 0},
	{"Commerzbank", "commerzbank.de commerzbank.com", 0},
	{"Sparkasse", "sparkasse.de sparkassen.de s-finanzportal.de sparkasse.at", GROUP},
	{"Volksbank", "volksbank.de vr.de volksbank.at", GROUP},
	{"Postbank", "postbank.de", 0},
	{"ING", "ing.de ing.com ing.nl ing.be", EVERYWHERE | PART},
	{"DKB", "dkb.de", PART},
	{"comdirect", "comdirect.de", 0},
	{"N26", "n26.com", PART},
	{"Targobank", "targobank.de", 0},
	{"HypoVereinsbank", "hypovereinsbank.de hvb.de", 0},
	{"UBS", "ubs.com", EVERYWHERE | PART},
	{"PostFinance", "postfinance.ch", 0},
	{"Raiffeisen", "raiffeisen.ch raiffeisen.at raiffeisen.de", GROUP},
	{"Credit Suisse", "credit-suisse.com", 0},
	{"Barclays", "barclays.co.uk barclays.com barclaycard.co.uk", 0},
	{"HSBC", "hsbc.com hsbc.co.uk", EVERYWHERE},
	{"Lloyds Bank", "lloydsbank.co.uk lloydsbank.com lloydsbanking.com", 0},
	{"NatWest", "natwest.com", 0},
	{"Santander",
	 "santander.com santander.co.uk santander.de santanderconsumer.de "
	 "santanderconsumer.com santanderbank.com",
	 EVERYWHERE | PART},
	{"BNP Paribas", "bnpparibas.com bnpparibas.fr", EVERYWHERE},
	{"Credit Agricole", "credit-agricole.fr credit-agricole.com", 0},
	{"Intesa Sanpaolo", "intesasanpaolo.com", 0},
	{"UniCredit", "unicredit.it unicredit.eu unicreditgroup.eu", EVERYWHERE},
	{"Rabobank", "rabobank.nl rabobank.com", 0},
	{"ABN AMRO", "abnamro.nl abnamro.com", 0},
	{"Chase", "chase.com jpmorgan.com jpmchase.com jpmorganchase.com", WORD | PERSON},
	{"Bank of America", "bankofamerica.com bofa.com", 0},
	{"Wells Fargo", "wellsfargo.com", 0},
	{"Citibank", "citi.com citibank.com", EVERYWHERE},
	{"Capital One", "capitalone.com", 0},
	/* shops */
	{"Amazon",
	 "amazon.com amazon.de amazon.co.uk amazon.fr amazonses.com amazonaws.com "
	 "amazon.jobs aboutamazon.com primevideo.com amazonbusiness.com",
	 EVERYWHERE | PART},
	{"eBay", "ebay.com ebay.de ebay.co.uk ebay-kleinanzeigen.de ebayinc.com", EVERYWHERE},
	{"Zalando", "zalando.de zalando.com zalando-lounge.de", EVERYWHERE},
	{"IKEA", "ikea.com", EVERYWHERE},
	{"Walmart", "walmart.com", EVERYWHERE},
	{"Alibaba", "alibaba.com aliexpress.com alibaba-inc.com", 0},
	{"Booking.com", "booking.com", WORD},
	{"Airbnb", "airbnb.com", EVERYWHERE},
	{"Netflix", "netflix.com", EVERYWHERE},
	{"Spotify", "spotify.com", EVERYWHERE},
	/* mail, cloud, devices */
	{"Microsoft",
	 "microsoft.com microsoftonline.com office.com office365.com outlook.com "
	 "live.com hotmail.com onmicrosoft.com microsoftsupport.com microsoftemail.com",
	 EVERYWHERE},
	{"Google",
	 "google.com gmail.com googlemail.com youtube.com googlegroups.com "
	 "googleusercontent.com googleapis.com",
	 EVERYWHERE},
	{"Apple", "apple.com icloud.com me.com mac.com itunes.com", WORD},
	{"iCloud", "icloud.com apple.com", 0},
	{"Gmail", "gmail.com googlemail.com google.com", 0},
	{"Outlook", "outlook.com microsoft.com outlook.de", EVERYWHERE | WORD},
	{"Hotmail", "hotmail.com", EVERYWHERE},
	{"Yahoo", "yahoo.com ymail.com yahoo-inc.com yahooinc.com yahoogroups.com", EVERYWHERE},
	{"GMX", "gmx.de gmx.net gmx.com gmx.at gmx.ch", EVERYWHERE},
	{"WEB.DE", "web.de", WORD},
	{"T-Online", "t-online.de", 0},
	{"Telekom", "telekom.de telekom.com", EVERYWHERE | WORD},
	{"Vodafone", "vodafone.com vodafone.de vodafone.co.uk vodafonemail.de", EVERYWHERE},
	{"IONOS", "ionos.de ionos.com 1und1.de 1and1.com", EVERYWHERE},
	{"Strato", "strato.de", WORD},
	{"OVHcloud", "ovhcloud.com ovh.com ovh.net", 0},
	{"GoDaddy", "godaddy.com", 0},
	{"Proton", "proton.me protonmail.com protonmail.ch", WORD},
	{"Dropbox", "dropbox.com dropboxmail.com", 0},
	{"DocuSign", "docusign.com docusign.net", EVERYWHERE},
	{"Adobe", "adobe.com adobesign.com", WORD},
	{"WeTransfer", "wetransfer.com", 0},
	{"GitHub", "github.com githubusercontent.com githubstatus.com", 0},
	{"Samsung", "samsung.com", 0},
	{"Zoom", "zoom.us zoom.com", WORD},
	{"Steam", "steampowered.com steamcommunity.com valvesoftware.com", WORD},
	{"Norton", "norton.com nortonlifelock.com", WORD},
	{"McAfee", "mcafee.com", 0},
	/* social networks */
	{"Facebook", "facebook.com facebookmail.com fb.com meta.com", EVERYWHERE},
	{"Instagram", "instagram.com", 0},
	{"WhatsApp", "whatsapp.com", 0},
	{"LinkedIn", "linkedin.com", 0},
	{"Twitter", "twitter.com x.com", WORD},
	{"TikTok", "tiktok.com", 0},
	{"Telegram", "telegram.org", WORD},
	/* parcels */
	{"DHL",
	 "dhl.com dhl.de deutschepost.de dpdhl.com dhlparcel.nl dhlparcel.com dhlecommerce.nl",
	 EVERYWHERE},
	{"Deutsche Post", "deutschepost.de dhl.de dhl.com", 0},
	{"DPD", "dpd.com dpd.de dpd.co.uk", EVERYWHERE | PART},
	{"Hermes", "myhermes.de hermesworld.com", WORD},
	{"GLS", "gls-group.eu gls-group.com gls-pakete.de gls.de gls-one.de", PART},
	{"UPS", "ups.com", PART},
	{"FedEx", "fedex.com", EVERYWHERE},
	{"USPS", "usps.com usps.gov", 0},
	{"Royal Mail", "royalmail.com royalmail.co.uk", 0},
	{"La Poste", "laposte.fr laposte.net", 0},
	{"Swiss Post", "post.ch", 0},
	/* the state */
	{"HMRC", "hmrc.gov.uk", 0},
	{"IRS", "irs.gov", PART},
	{"ELSTER", "elster.de", WORD},
	{"Bundestag", "bundestag.de", 0},
	{"Bundesfinanzministerium", "bundesfinanzministerium.de", 0},
	{"Finanzamt", "elster.de", WORD},
};

static void
brand_clear(gpointer data)
{
	TrustBrand *brand = data;
	g_free(brand->name);
	g_free(brand->key);
	g_free(brand->label);
	g_ptr_array_unref(brand->domains);
}

static void
brand_unref(gpointer brand)
{
	g_atomic_rc_box_release_full(brand, brand_clear);
}

/* Stands for the unknown domain of a name (RFC 2606: there is none below it). */
#define NOWHERE ".invalid"

static char *
make_label(const char *name)
{
	bool unchecked = false;
	g_autofree char *strict = trust_fold_strict(name, &unchecked);
	GString *out = g_string_new(NULL);
	for (const char *p = strict; *p != '\0'; p = trust_fold_next(p)) {
		if (g_unichar_isalnum(g_utf8_get_char(p))) {
			g_string_append_unichar(out, g_utf8_get_char(p));
		}
	}
	return g_string_free(out, FALSE);
}

/* @domains "": only the name is known. */
static TrustBrand *
brand_new(const char *name, const char *domains, unsigned flags)
{
	bool unchecked = false;
	TrustBrand *brand = g_atomic_rc_box_new0(TrustBrand);
	brand->name = g_strdup(name);
	brand->key = trust_name_key(name, &unchecked);
	brand->label = make_label(name);
	brand->nowhere = *domains == '\0';
	brand->domains = g_ptr_array_new_with_free_func((GDestroyNotify)trust_domain_free);
	brand->everywhere = (flags & EVERYWHERE) != 0;
	brand->part = (flags & PART) != 0;
	brand->word = (flags & WORD) == WORD;
	brand->group = (flags & GROUP) == GROUP;
	brand->person = (flags & PERSON) != 0;
	g_autofree char *stand_in = g_strconcat(brand->label, NOWHERE, NULL);
	g_auto(GStrv) list = g_strsplit(brand->nowhere ? stand_in : domains, " ", -1);
	for (size_t i = 0; list[i] != NULL; i++) {
		TrustDomain *domain = trust_domain_new(list[i]);
		if (domain != NULL) {
			g_ptr_array_add(brand->domains, domain);
		}
	}
	return brand;
}

/* Made once and never changed again, so that threads may share them. */
static gpointer
make_ours(gpointer unused G_GNUC_UNUSED)
{
	GPtrArray *brands = g_ptr_array_new_full(G_N_ELEMENTS(ours), NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(ours); i++) {
		g_ptr_array_add(brands, brand_new(ours[i].name, ours[i].domains, ours[i].flags));
	}
	return brands;
}

static bool
brand_is(const TrustBrand *brand, const char *name)
{
	bool is = g_ascii_strcasecmp(brand->name, name) == 0;
	for (guint i = 0; !is && i < brand->domains->len; i++) {
		const TrustDomain *domain = brand->domains->pdata[i];
		is = g_ascii_strcasecmp(domain->domain, name) == 0;
	}
	return is;
}

typedef struct {
	GPtrArray *mine;    /* of TrustBrand */
	GPtrArray *without; /* of char *, names of ours that do not count */
} List;

static void
read_line(List *list, char *line)
{
	line[strcspn(line, "#\r")] = '\0';
	char *text = g_strstrip(line);
	if (text[0] == '-') {
		g_ptr_array_add(list->without, g_strdup(g_strchug(text + 1)));
	} else if (text[0] != '\0') {
		bool domain = strchr(text, '.') != NULL && strchr(text, ' ') == NULL;
		g_autofree char *lower = g_ascii_strdown(text, -1);
		g_autofree char *label = g_strndup(lower, strcspn(lower, "."));
		g_ptr_array_add(list->mine,
				brand_new(domain ? label : text, domain ? lower : "", 0));
	}
}

/* NULL if it is no file that can be read: a pipe, say, would keep everybody waiting. */
static char *
read_text(const char *path)
{
	struct stat status;
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		return NULL;
	}
	char *text = g_malloc0(TRUST_ALIKE_LIST + 1);
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
	    file_read(fd, (uint8_t *)text, TRUST_ALIKE_LIST, NULL) == 0) {
		g_clear_pointer(&text, g_free);
	}
	close(fd);
	return text;
}

static void
read_list(List *list, const char *path)
{
	g_autofree char *text = read_text(path);
	if (text == NULL) {
		return;
	}
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_auto(GStrv) lines = g_strsplit(valid, "\n", LINES_MAX);
	for (size_t i = 0; lines[i] != NULL; i++) {
		read_line(list, lines[i]);
	}
}

static bool
is_without(const List *list, const TrustBrand *brand)
{
	for (guint i = 0; i < list->without->len; i++) {
		if (brand_is(brand, list->without->pdata[i])) {
			return true;
		}
	}
	return false;
}

GPtrArray *
trust_brands(const char *path)
{
	static GOnce once = G_ONCE_INIT;
	const GPtrArray *all = g_once(&once, make_ours, NULL);
	g_autoptr(GPtrArray) without = g_ptr_array_new_with_free_func(g_free);
	GPtrArray *brands = g_ptr_array_new_with_free_func(brand_unref);
	List list = {brands, without};
	read_list(&list, path);
	for (guint i = 0; i < all->len; i++) {
		if (!is_without(&list, all->pdata[i])) {
			g_ptr_array_add(brands, g_atomic_rc_box_acquire(all->pdata[i]));
		}
	}
	return brands;
}

/* Every office of a state writes from below its one suffix. */
static bool
is_government(const TrustDomain *a, const TrustDomain *b)
{
	static const char *const suffixes[] = {"gov", "gov.uk"};
	for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
		if (g_str_has_suffix(a->suffix, suffixes[i]) &&
		    g_str_has_suffix(b->suffix, suffixes[i])) {
			return true;
		}
	}
	return false;
}

const char *
trust_brand_original(const TrustBrand *brand, const TrustDomain *domain)
{
	return brand->nowhere ? brand->name : domain->domain;
}

bool
trust_brand_owns(const TrustBrand *brand, const TrustDomain *domain)
{
	for (guint i = 0; i < brand->domains->len; i++) {
		const TrustDomain *own = brand->domains->pdata[i];
		bool branch =
			strcmp(own->label, domain->label) == 0 &&
			(brand->nowhere || (brand->everywhere && trust_domain_family(own, domain)));
		if (branch || strcmp(own->domain, domain->domain) == 0) {
			return true;
		}
	}
	return false;
}

/* A house of the group: its domain has the name and more in it, and is of the group's country. What
 * only words of bait stand beside is taken for an imitation before. */
static bool
is_member(const TrustBrand *brand, const TrustDomain *domain)
{
	const char *label = domain->strict;
	const char *at = strstr(label, brand->label);
	size_t n = strlen(brand->label);
	const TrustDomain *original = brand->domains->pdata[0];
	if (!brand->group || at == NULL || strcmp(label, brand->label) == 0 ||
	    strcmp(domain->suffix, "com") == 0 || !trust_domain_family(original, domain) ||
	    trust_domain_inside(domain, original, TRUST_STANDING_IMITATED, false)) {
		return false;
	}
	bool begins = at == label || at[-1] == '-';
	bool ends = at[n] == '\0' || at[n] == '-';
	return (begins && ends) || ((begins || ends) && n >= MIN_GROUP);
}

bool
trust_brand_may_use(const TrustBrand *brand, const TrustDomain *domain)
{
	bool may = trust_brand_owns(brand, domain) || is_member(brand, domain);
	for (guint i = 0; !may && i < brand->domains->len; i++) {
		may = is_government(brand->domains->pdata[i], domain);
	}
	return may;
}
