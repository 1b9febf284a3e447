package rsakey

import (
	"regexp"
	"strings"
	"sync"
)

// lazy compiles a pattern when it is first asked for: a program that reads no key, or a
// good one, does not pay for all that a bad one might be.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// beginMark is how the line before a PEM body starts.
const beginMark = "-----BEGIN"

// marker is a BEGIN or END line, which may be broken, or have lost its blanks.
var marker = lazy(`-----\s*(BEGIN|END)\s*([^-]{0,64}?)\s*-----`)

// headerLine is one of the lines "Name: value" that may stand before a PEM body.
var headerLine = lazy(`(?m)^ *[A-Za-z-]+:.*$`)

// legacyEncryption are the headers of a body that OpenSSL encrypted before PKCS#8.
var legacyEncryption = lazy(`Proc-Type:[^:]*ENCRYPTED|DEK-Info:`)

// block is one PEM block. encoding/pem wants whole lines, so it is not used.
type block struct {
	label string // without blanks
	body  string
}

// labels say what a block was where its body does not.
var labels = map[string]error{
	"CERTIFICATE":           errCertificate,
	"X509CERTIFICATE":       errCertificate,
	"TRUSTEDCERTIFICATE":    errCertificate,
	"CERTIFICATEREQUEST":    errRequest,
	"NEWCERTIFICATEREQUEST": errRequest,
	"PUBLICKEY":             errPublic,
	"RSAPUBLICKEY":          errPublic,
	"ENCRYPTEDPRIVATEKEY":   errEncrypted,
	"OPENSSHPRIVATEKEY":     errOpenSSH,
	"ECPRIVATEKEY":          errEC,
	"DSAPRIVATEKEY":         errOtherKey,
}

// splitBlocks finds the blocks. Text around them, such as bag attributes, is left out.
func splitBlocks(text string) ([]block, error) {
	var blocks []block
	marks := marker().FindAllStringSubmatchIndex(text, -1)
	if len(marks)%2 != 0 {
		return nil, errCutOff
	}
	for i := 0; i < len(marks); i += 2 {
		begin, end := marks[i], marks[i+1]
		if text[begin[2]:begin[3]] != "BEGIN" || text[end[2]:end[3]] != "END" {
			return nil, errCutOff
		}
		blocks = append(blocks, block{
			label: strings.Join(strings.Fields(text[begin[4]:begin[5]]), ""),
			body:  text[begin[1]:end[0]],
		})
	}
	return blocks, nil
}

// recognize goes by the body, because a label may be wrong, and by the label where
// the body says nothing.
func (b block) recognize() found {
	if legacyEncryption().MatchString(b.body) {
		return found{[]byte(b.body), errEncrypted}
	}
	f := found{[]byte(b.body), errBase64}
	if der, ok := decodeBase64(headerLine().ReplaceAllString(b.body, "")); ok {
		f = recognize(der)
	}
	f.err = b.clearer(f.err)
	return f
}

// clearer is the label's error where err says little.
func (b block) clearer(err error) error {
	if !isUnclear(err) {
		return err
	}
	if byLabel, ok := labels[b.label]; ok {
		return byLabel
	}
	if !strings.HasSuffix(b.label, "PRIVATEKEY") {
		return errOtherPEM
	}
	if err == errUnknown { //nolint:errorlint // never wrapped
		return errDamaged // the label knows the form
	}
	return err
}
