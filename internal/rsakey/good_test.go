package rsakey

import (
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// goodForms are what Parse reads, each from the same key.
func goodForms() map[string]string {
	k := fixed()
	pkcs1 := armoured("RSA PRIVATE KEY", k.pkcs1)
	body := strings.Join(lines(k.pem)[1:len(lines(k.pem))-1], "\n")
	certificate := armoured("CERTIFICATE", selfSigned())
	public := armoured("PUBLIC KEY", publicDER())
	bag := "Bag Attributes\n    friendlyName: Schl\xfcssel\n    localKeyID: 01 02 \nKey Attributes: <No Attributes>\n"
	return map[string]string{
		"PKCS#8 PEM": k.pem,
		"PKCS#1 PEM": pkcs1,
		"PKCS#8 DER": string(k.pkcs8),
		"PKCS#1 DER": string(k.pkcs1),

		"PKCS#1 under PKCS#8's label":       armoured("PRIVATE KEY", k.pkcs1),
		"PKCS#8 under PKCS#1's label":       armoured("RSA PRIVATE KEY", k.pkcs8),
		"under the label of an EC key":      armoured("EC PRIVATE KEY", k.pkcs8),
		"under the label of encrypted ones": armoured("ENCRYPTED PRIVATE KEY", k.pkcs8),
		"labels that differ":                replaced(k.pem, "END PRIVATE", "END RSA PRIVATE"),
		"a header line":                     replaced(k.pem, "KEY-----\nMII", "KEY-----\nComment: test-key\n\nMII"),

		"a header line and CR":           replaced(k.pem, "KEY-----\nMII", "KEY-----\rComment: test-key\r\rMII", "\n", "\r"),
		"no last newline":                strings.TrimSpace(k.pem),
		"CRLF":                           replaced(k.pem, "\n", "\r\n"),
		"CR":                             replaced(k.pem, "\n", "\r"),
		`\n spelled out`:                 replaced(k.pem, "\n", `\n`),
		`\r\n spelled out`:               replaced(k.pem, "\n", `\r\n`),
		`\n with two backslashes`:        replaced(k.pem, "\n", `\\n`),
		`\r\n with two backslashes`:      replaced(k.pem, "\n", `\\r\\n`),
		`\n with four backslashes`:       replaced(k.pem, "\n", `\\\\n`),
		`\n spelled out, then a newline`: replaced(k.pem, "\n", "\\n\n"),
		"lines continued by a backslash": replaced(k.pem, "\n", "\\\n"),
		"blanks for newlines":            replaced(k.pem, "\n", " "),
		"tabs for newlines":              replaced(k.pem, "\n", "\t"),
		"nothing for newlines":           replaced(k.pem, "\n", ""),
		"no white space at all":          replaced(pkcs1, "\n", "", " ", ""),
		"empty lines":                    replaced(k.pem, "\n", "\n\n"),
		"indentation":                    "\n" + replaced("\n"+k.pem, "\n", "\n    "),
		"a YAML block":                   "private_key: |\n  " + replaced(k.pem, "\n", "\n  "),
		"a line of an .env file":         `export KEY="` + replaced(k.pem, "\n", `\n`) + `"`,
		"one line of 1,624 characters":   "-----BEGIN PRIVATE KEY-----\n" + replaced(body, "\n", "") + "\n-----END PRIVATE KEY-----",

		"double quotes":                  `"` + k.pem + `"`,
		"single quotes":                  "'" + strings.TrimSpace(k.pem) + "'\n",
		"quotes in quotes":               `'"` + k.pem + `"'`,
		"curly quotes":                   "“" + k.pem + "”",
		"curly single quotes":            "‘" + body + "’",
		`\t spelled out`:                 replaced(k.pem, "\n", `\n\t`),
		"an opening quote only":          `"` + k.pem,
		"quotes around each line":        `"` + strings.Join(lines(k.pem), "\"\n\"") + `"`,
		"a JSON string":                  inJSON(k.pem),
		"a JSON string in a JSON string": inJSON(inJSON(k.pem)),
		"JSON with every escape":         replaced(inJSON(k.pem), "/", `\/`, "+", `\u002B`, "=", `\u003d`),
		"JSON with \\u000a":              `"` + replaced(k.pem, "\n", `\u000d\u000a`) + `"`,

		"percent-encoded":           url.PathEscape(k.pem),
		"percent-encoded as a form": url.QueryEscape(k.pem),

		"a UTF-8 BOM":                       "\ufeff" + k.pem,
		"UTF-16, little-endian":             "\xff\xfe" + inUTF16(binary.LittleEndian, replaced(k.pem, "\n", "\r\n")),
		"UTF-16, big-endian":                "\xfe\xff" + inUTF16(binary.BigEndian, k.pem),
		"UTF-16, little-endian, no BOM":     inUTF16(binary.LittleEndian, k.pem),
		"UTF-16, big-endian, no BOM":        inUTF16(binary.BigEndian, k.pem),
		"no-break and zero-width spaces":    replaced(k.pem, " ", "\u00a0", "\n", "\u200b\u00a0\n"),
		"a DOS file's end":                  replaced(k.pem, "\n", "\r\n") + "\x1a",
		"a C string's end":                  k.pem + "\x00",
		"pasted on Windows":                 "\ufeff\"" + replaced(strings.TrimSpace(k.pem), "\n", "\u00a0\\r\\n\r\n  ") + "\"\r\n",
		"base64 of what came from Windows":  b64("\xff\xfe" + inUTF16(binary.LittleEndian, replaced(k.pem, "\n", "\r\n"))),
		"base64":                            b64(string(k.pkcs8)),
		"base64 of PKCS#1":                  b64(string(k.pkcs1)),
		"base64 in quotes":                  `"` + b64(string(k.pkcs8)) + "\"\n",
		"base64 without padding":            strings.TrimRight(b64(string(k.pkcs1)), "="),
		"base64 in lines":                   body,
		"base64 in CRLF lines":              replaced(body, "\n", "\r\n") + "\r\n",
		`base64 in lines with \n`:           replaced(body, "\n", `\n`),
		"base64 in lines of blanks":         replaced(body, "\n", " "),
		"base64 with a BOM":                 "\ufeff" + body,
		"base64 in UTF-16":                  "\xff\xfe" + inUTF16(binary.LittleEndian, body),
		"base64url":                         base64.URLEncoding.EncodeToString(k.pkcs8),
		"base64url without padding":         base64.RawURLEncoding.EncodeToString(k.pkcs1),
		"base64url in PEM":                  "-----BEGIN PRIVATE KEY-----\n" + replaced(body, "+", "-", "/", "_") + "\n-----END PRIVATE KEY-----\n",
		"base64 of the PEM":                 b64(k.pem),
		"base64 of the PEM in lines":        replaced(b64(k.pem), "Q", "Q\n"),
		"base64url of the PEM":              base64.RawURLEncoding.EncodeToString([]byte(pkcs1)),
		"base64 of base64 of the PEM":       b64(b64(k.pem) + "\n"),
		"base64 of base64":                  b64(body),
		"base64 of a PEM with \\n":          b64(replaced(k.pem, "\n", `\n`)),
		"DER and a newline":                 string(k.pkcs8) + "\r\n",
		"bag attributes before":             bag + k.pem,
		"a sentence before and one after":   "Hello, here it is:\n" + k.pem + "Regards\n",
		"a certificate before":              certificate + k.pem,
		"a certificate after":               k.pem + certificate,
		"certificates with no line between": strings.TrimSpace(certificate) + strings.TrimSpace(k.pem) + strings.TrimSpace(certificate),
		"what openssl pkcs12 writes":        bag + k.pem + bag + certificate + certificate,
		"a damaged certificate beside":      armoured("CERTIFICATE", selfSigned()[:100]) + k.pem,
		"its public key beside":             k.pem + public,
		"parameters beside":                 armoured("DH PARAMETERS", []byte{0x30, 0x03, 0x02, 0x01, 0x05}) + k.pem,
		"the same key twice":                k.pem + k.pem,
		"the same key as PKCS#8 and PKCS#1": k.pem + pkcs1,
	}
}

func TestParseReadsAKeyHoweverItWasCarried(t *testing.T) {
	for name, input := range goodForms() {
		t.Run(name, func(t *testing.T) { requireFixedKey(t, input) })
	}
}

func TestParseReadsAKeyOfAnotherSize(t *testing.T) {
	key := generate(2049)
	got, err := Parse([]byte(armoured("PRIVATE KEY", pkcs8(key))))
	require.NoError(t, err)
	require.True(t, got.Equal(key))
}
