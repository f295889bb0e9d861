#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# p12.sh MAKE_P12: certificates and PKCS#12 files of every profile through openssl, NSS and gpgsm. TAP.
set -u
make=$1
dir=$(mktemp -d)
GNUPGHOME=$dir/gnupg
export GNUPGHOME
trap 'gpgconf --kill all >/dev/null 2>&1; rm -rf "$dir"' EXIT
n=0

# check NAME COMMAND...: one test; what the command said follows a failure
check() {
	n=$((n + 1))
	name=$1
	shift
	if "$@" >"$dir/log" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$dir/log"
	fi
}

skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# has TOOL NAME: false after a skipped test if the peer is missing
has() {
	command -v "$1" >/dev/null 2>&1 && return 0
	skip "$2" "$1 is not installed"
	return 1
}

openssl_reads() {
	openssl pkcs12 -in "$1" -passin pass:interop -nodes -out "$dir/all.pem" &&
		grep -q 'PRIVATE KEY' "$dir/all.pem" &&
		[ "$(openssl x509 -in "$2" -noout -pubkey | sha256sum)" = \
			"$(openssl x509 -in "$dir/all.pem" -noout -pubkey | sha256sum)" ]
}

nss_reads() {
	db=$dir/nss.$(basename "$1")
	mkdir "$db" && certutil -N -d "sql:$db" --empty-password &&
		pk12util -i "$1" -d "sql:$db" -W interop -K '' &&
		certutil -K -d "sql:$db" && certutil -L -d "sql:$db"
}

# Trusting the root through certutil is what the tick "email users" of Thunderbird does.
nss_trusts() {
	db=$dir/nss.$(basename "$1")
	certutil -A -d "sql:$db" -n root -t ,C, -a -i "$2" && certutil -A -d "sql:$db" -n leaf -t ,, -a -i "$3" &&
		certutil -V -d "sql:$db" -n alice@example.org -e -u S &&
		certutil -V -d "sql:$db" -n alice@example.org -e -u R
}

gpgsm_reads() {
	mkdir -m 700 "$GNUPGHOME" &&
		echo interop | gpgsm --batch --pinentry-mode loopback --passphrase-fd 0 --import "$1" &&
		gpgsm --batch --list-secret-keys --with-colons alice@example.org | grep -q '^crs'
}

gpgsm_trusts() {
	gpgconf --kill gpg-agent
	echo "$(openssl x509 -in "$1" -noout -fingerprint -sha1 | cut -d= -f2) S" >"$GNUPGHOME/trustlist.txt"
	echo hello >"$dir/text"
	gpgsm --batch --disable-crl-checks --with-validation --list-keys alice@example.org &&
		gpgsm --batch --disable-crl-checks -r alice@example.org -o "$dir/sealed" --encrypt "$dir/text" &&
		echo interop | gpgsm --batch --disable-crl-checks --pinentry-mode loopback --passphrase-fd 0 \
			-u alice@example.org -o "$dir/signed" --sign "$dir/text" &&
		gpgsm --batch --disable-crl-checks --verify "$dir/signed"
}

"$make" "$dir" || { echo "Bail out! make_p12 failed"; exit 1; }
for profile in compatible rsa2048 p256 modern; do
	p=$dir/$profile
	has openssl "openssl takes $profile" || continue
	check "openssl verify: $profile may sign mail" \
		openssl verify -x509_strict -purpose smimesign -CAfile "$p.root.pem" "$p.sign.pem"
	check "openssl verify: $profile may be sealed to" \
		openssl verify -x509_strict -CAfile "$p.root.pem" "$p.encrypt.pem"
	check "openssl pkcs12: $profile, old" openssl_reads "$p.old.p12" "$p.sign.pem"
	check "openssl pkcs12: $profile, modern" openssl_reads "$p.modern.p12" "$p.sign.pem"
done
for profile in compatible rsa2048 p256; do
	p=$dir/$profile
	has pk12util "NSS takes $profile" || continue
	check "pk12util: $profile, old" nss_reads "$p.old.p12"
	check "pk12util: $profile, modern" nss_reads "$p.modern.p12"
	check "certutil: $profile signs and receives mail under a trusted root" \
		nss_trusts "$p.old.p12" "$p.root.pem" "$p.sign.pem"
done
if has gpgsm "gpgsm takes compatible"; then
	check "gpgsm: compatible, old" gpgsm_reads "$dir/compatible.old.p12"
	check "gpgsm: signs, verifies and seals under a trusted root" gpgsm_trusts "$dir/compatible.root.pem"
fi
echo "1..$n"
