/* SPDX-License-Identifier: MPL-2.0 */
/* Every number an attacker would like to choose. Values: notes of the standards digest, section 20.
 */
#pragma once

#define BASE_LIMIT_MESSAGE          (G_GUINT64_CONSTANT(4) << 30) /* octets of one message */
#define BASE_LIMIT_SPOOL_MEMORY     (1U << 20)   /* octets of a piped message kept in memory */
#define BASE_LIMIT_BLOCK            (64U << 10)  /* octets handled at once */
#define BASE_LIMIT_HEADER           (256U << 10) /* octets of one header block */
#define BASE_LIMIT_FIELDS           1000U        /* fields of one header block */
#define BASE_LIMIT_MIME_DEPTH       50U
#define BASE_LIMIT_MIME_PARTS       2000U
#define BASE_LIMIT_LAYERS           8U /* cryptographic layers of one message, compression included */
#define BASE_LIMIT_RECIPIENTS       5000U
#define BASE_LIMIT_RECIPIENTS_TRIED 8U
#define BASE_LIMIT_SIGNERS          16U
#define BASE_LIMIT_CERTS            64U
#define BASE_LIMIT_CRLS             4U
#define BASE_LIMIT_CRL              (1U << 20)  /* octets of one CRL */
#define BASE_LIMIT_CERT             (64U << 10) /* octets of one certificate */
#define BASE_LIMIT_CMS_PART         (8U << 20) /* octets of recipientInfos, certificates or signerInfos */
#define BASE_LIMIT_BER_DEPTH        64U
#define BASE_LIMIT_CHAIN            8U
#define BASE_LIMIT_RSA_BITS         8192
#define BASE_LIMIT_SIGNATURE_PART   (16U << 20) /* octets of a decoded detached signature */
#define BASE_LIMIT_COMPRESSION      100U        /* output octets per input octet */
#define BASE_LIMIT_KEY_FIELD        (10U << 10) /* octets of a Postseal-Key field */
#define BASE_LIMIT_SIG_FIELD        (64U << 10) /* octets of one Sig field */
#define BASE_LIMIT_ADDRESSES        5000U       /* mailboxes of one address field */
