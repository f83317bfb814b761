package cloud

import (
	"encoding/xml"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A client that deploys code too large for one call puts it into a bucket of Function
// Compute's, with keys that are good for nothing else. Of Object Storage Service this
// is all that there is here.
const (
	tempBucket     = "tmpbucket"
	maxTempObjects = 64        // the oldest goes
	maxCode        = 500 << 20 // of a code package, as documented
)

// fcTemp is what lies in that bucket, as files.
type fcTemp struct {
	folder  string
	objects []string          // oldest first
	files   map[string]string // by object
	keys    map[string]string // what a key may write: an object
}

func (c *Cloud) startTempBucket() {
	c.temp = fcTemp{files: map[string]string{}, keys: map[string]string{}}
	h := c.serveREST(restAPI{product: "oss", idHeader: "x-oss-request-id", maxBody: maxCode, route: c.ossRoute, refusal: ossRefusal})
	for _, host := range []string{tempBucket + ".oss-accelerate.aliyuncs.com", tempBucket + ".oss-*.aliyuncs.com"} {
		c.handle(host, h)
	}
}

// tempToken makes an object that can be written, and the keys to do so.
func (c *Cloud) tempToken(fcCall) (any, error) {
	object := c.random.text(32, "0123456789abcdef")
	k := c.addKey("STS.N"+c.random.text(24, alnum), Principal{Type: "system", Account: c.Account, ID: "fc.aliyuncs.com", Name: "fc.aliyuncs.com"}, rootOwner)
	k.token = "CAIS" + c.random.text(180, alnum)
	k.expires = c.clock().Add(time.Hour).Truncate(time.Second)
	c.temp.keys[k.id] = c.Account + "/" + object
	return map[string]any{
		"credentials": map[string]any{
			"AccessKeyId": k.id, "AccessKeySecret": k.secret, "SecurityToken": k.token, "Expiration": stamp(k.expires),
		},
		"ossRegion": c.Region, "ossBucket": tempBucket, "objectName": object,
	}, nil
}

// ossRoute takes the writing of an object and nothing else.
func (c *Cloud) ossRoute(r *http.Request, body []byte) (restCall, error) {
	object := strings.TrimPrefix(r.URL.Path, "/")
	if r.Method != http.MethodPut || object == "" {
		return restCall{}, refuse(501, "NotImplemented", "The local cloud takes only the code of functions into Object Storage Service.")
	}
	return restCall{
		action: "oss:PutObject", write: true, open: true, params: map[string]string{"bucket": tempBucket, "object": object},
		do: func(p Principal, _ string) (restAnswer, error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.temp.keys[p.AccessKeyID] != object {
				return restAnswer{}, refuse(403, "AccessDenied", "You have no right to access this object.")
			}
			return restAnswer{}, c.keepTemp(object, body)
		},
	}, nil
}

// keepTemp writes an object to a file. mu is held.
func (c *Cloud) keepTemp(object string, body []byte) error {
	folder, err := c.codeFolder()
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, "object-")
	if err != nil {
		return err
	}
	if _, err = file.Write(body); err == nil {
		err = file.Close()
	}
	if err != nil {
		return err
	}
	c.dropTemp(object)
	c.temp.objects = append(c.temp.objects, object)
	c.temp.files[object] = file.Name()
	for len(c.temp.objects) > maxTempObjects {
		c.dropTemp(c.temp.objects[0])
	}
	return nil
}

func (c *Cloud) dropTemp(object string) {
	file, there := c.temp.files[object]
	if !there {
		return
	}
	if err := os.Remove(file); err != nil {
		c.log.Error("cannot remove a file of the local cloud", "file", filepath.Base(file), "error", err)
	}
	delete(c.temp.files, object)
	for i, o := range c.temp.objects {
		if o == object {
			c.temp.objects = append(c.temp.objects[:i:i], c.temp.objects[i+1:]...)
			break
		}
	}
}

// codeFolder is where code is; it goes when the cloud closes. mu is held.
func (c *Cloud) codeFolder() (string, error) {
	if c.temp.folder == "" {
		folder, err := os.MkdirTemp("", "local-cloud-code-")
		if err != nil {
			return "", err
		}
		c.temp.folder = folder
		c.closers = append(c.closers, func() {
			if err := os.RemoveAll(folder); err != nil {
				c.log.Error("cannot remove the code of the local cloud", "error", err)
			}
		})
	}
	return c.temp.folder, nil
}

// ossRefusal writes an error as Object Storage Service does: in XML.
func ossRefusal(e *Error, _ restCall, requestID string) restAnswer {
	status, code := e.Status, e.Code
	switch {
	case strings.HasPrefix(code, "SignatureDoesNotMatch"):
		status = 403
	case strings.HasPrefix(code, "InvalidAccessKeyId"):
		status, code = 403, "InvalidAccessKeyId"
	case strings.HasPrefix(code, "InvalidSecurityToken"), code == "MissingSecurityToken":
		status, code = 403, "InvalidSecurityToken"
	case code == "MissingAccessKeyId":
		status, code = 403, "AccessDenied"
	case strings.HasPrefix(code, "InvalidTimeStamp"):
		status, code = 403, "RequestTimeTooSkewed"
	}
	body, err := xml.Marshal(struct {
		XMLName   xml.Name `xml:"Error"`
		Code      string
		Message   string
		RequestID string `xml:"RequestId"`
		HostID    string `xml:"HostId"`
	}{Code: code, Message: e.Message, RequestID: requestID, HostID: tempBucket + ".oss-accelerate.aliyuncs.com"})
	if err != nil {
		body = []byte("<Error><Code>InternalError</Code></Error>")
	}
	return restAnswer{status: status, header: map[string]string{"Content-Type": "application/xml", "Content-Length": strconv.Itoa(len(body))}, body: body}
}
