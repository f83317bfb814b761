package fc

import (
	"encoding/xml"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
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

func (c *Service) startTempBucket() {
	c.temp = fcTemp{files: map[string]string{}, keys: map[string]string{}}
	h := c.ServeREST(kernel.RestAPI{Product: "oss", IDHeader: "x-oss-request-id", MaxBody: maxCode, Route: c.ossRoute, Refusal: ossRefusal})
	for _, host := range []string{tempBucket + ".oss-accelerate.aliyuncs.com", tempBucket + ".oss-*.aliyuncs.com"} {
		c.Handle(host, h)
	}
}

// tempToken makes an object that can be written, and the keys to do so.
// The key may write one object and nothing else, for an hour.
func (c *Service) tempToken(fcCall) (any, error) {
	object := c.Random.Text(32, "0123456789abcdef")
	k := c.AddKey("STS.N"+c.Random.Text(24, kernel.Alnum), kernel.Principal{Type: "system", Account: c.Account, ID: "fc.aliyuncs.com", Name: "fc.aliyuncs.com"}, kernel.RootOwner)
	k.Token = "CAIS" + c.Random.Text(180, kernel.Alnum)
	k.Expires = c.Clock().Add(time.Hour).Truncate(time.Second)
	c.temp.keys[k.ID] = c.Account + "/" + object
	return map[string]any{
		"credentials": map[string]any{
			"AccessKeyId": k.ID, "AccessKeySecret": k.Secret, "SecurityToken": k.Token, "Expiration": kernel.Stamp(k.Expires),
		},
		"ossRegion": c.Region, "ossBucket": tempBucket, "objectName": object,
	}, nil
}

// ossRoute takes the writing of an object and nothing else.
func (c *Service) ossRoute(r *http.Request, body []byte) (kernel.RestCall, error) {
	object := strings.TrimPrefix(r.URL.Path, "/")
	if r.Method != http.MethodPut || object == "" {
		return kernel.RestCall{}, kernel.Refuse(501, "NotImplemented", "The local cloud takes only the code of functions into Object Storage Service.")
	}
	return kernel.RestCall{
		Action: "oss:PutObject", Write: true, Open: true, Params: map[string]string{"bucket": tempBucket, "object": object},
		Do: func(p kernel.Principal, _ string) (kernel.RestAnswer, error) {
			c.Mu.Lock()
			defer c.Mu.Unlock()
			if c.temp.keys[p.AccessKeyID] != object {
				return kernel.RestAnswer{}, kernel.Refuse(403, "AccessDenied", "You have no right to access this object.")
			}
			return kernel.RestAnswer{}, c.keepTemp(object, body)
		},
	}, nil
}

// keepTemp writes an object to a file. mu is held.
// The oldest objects go, so that a process which deploys over and over does not fill the disk.
func (c *Service) keepTemp(object string, body []byte) error {
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

func (c *Service) dropTemp(object string) {
	file, there := c.temp.files[object]
	if !there {
		return
	}
	if err := os.Remove(file); err != nil {
		c.Log.Error("cannot remove a file of the local cloud", "file", filepath.Base(file), "error", err)
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
func (c *Service) codeFolder() (string, error) {
	if c.temp.folder == "" {
		folder, err := os.MkdirTemp("", "local-cloud-code-")
		if err != nil {
			return "", err
		}
		c.temp.folder = folder
		c.Closers = append(c.Closers, func() {
			if err := os.RemoveAll(folder); err != nil {
				c.Log.Error("cannot remove the code of the local cloud", "error", err)
			}
		})
	}
	return c.temp.folder, nil
}

// ossRefusal writes an error as Object Storage Service does: in XML.
func ossRefusal(e *kernel.Error, _ kernel.RestCall, requestID string) kernel.RestAnswer {
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
	return kernel.RestAnswer{Status: status, Header: map[string]string{"Content-Type": "application/xml", "Content-Length": strconv.Itoa(len(body))}, Body: body}
}
