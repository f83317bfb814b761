package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
)

// Credentials are those of one invocation. Function Compute hands new ones to each;
// they are never kept.
type Credentials struct {
	AccessKeyID, AccessKeySecret, SecurityToken string
}

// String keeps secrets out of every format verb.
func (c Credentials) String() string   { return "credentials of " + c.AccessKeyID }
func (c Credentials) GoString() string { return c.String() }

// Config makes a Client.
type Config struct {
	Credentials Credentials
	Transport   http.RoundTripper // nil: Transport(), the process's
	RetryWait   time.Duration     // before the first retry; 0: half a second
	OnCall      func(Call, error) // told of every attempt
}

// Client makes calls for one invocation.
type Client struct {
	config     Config
	credential credentials.CredentialsProvider
}

// NewClient returns a client for one invocation.
func NewClient(config Config) *Client {
	if config.Transport == nil {
		config.Transport = Transport()
	}
	c := config.Credentials
	return &Client{config, credentials.NewStaticSTSCredentialsProvider(c.AccessKeyID, c.AccessKeySecret, c.SecurityToken)}
}

// perTry bounds one attempt, so that a hung connection leaves time for another.
const perTry = 10 * time.Second

// Do makes a call and decodes its answer into out, which may be nil. It retries
// throttling, the cloud's own failures and network errors (see Retry) until ctx is done. A write may therefore be made twice:
// every write in use changes nothing the second time, or is refused: see Repeated.
// What would make a second thing is not made again when nobody knows what became of it.
func (c *Client) Do(ctx context.Context, call Call, out any) error {
	p, ok := products[call.Product]
	if !ok {
		return fmt.Errorf("%s: no host is known for the product %q: cloud.Add it, as files of shared/resource do", call.Action, call.Product)
	}
	if !regionForm.MatchString(call.Region) {
		// It becomes a part of a host name, and comes from an event: anything else
		// in it could send the request, with its token, to another host.
		return fmt.Errorf("%s: %q is not a region", call.RAM(), call.Region)
	}
	var body []byte
	lost := false
	again := func(err error) bool {
		return Retryable(err) && Code(err) != expired && (!wrongStatus(Code(err)) || wanted(ctx))
	}
	err := Retry{First: c.config.RetryWait, Again: again}.Do(ctx, func() (err error) {
		if body, err = c.once(ctx, p, call); err == nil {
			return nil
		}
		if e, ok := errors.AsType[*Error](err); ok && (!Retryable(err) || wrongStatus(e.Code)) {
			e.Repeated = lost && !Forbidden(err) // what is not allowed was not allowed before
		}
		lost = lost || unanswered(err)
		if e, ok := errors.AsType[*Error](err); ok && lost && call.makes() {
			e.Repeated = true
		}
		return err
	})
	if err != nil {
		return err
	}
	return Decode(call, body, out)
}

// While has a call that is refused for the status of its resource tried again only while
// it is wanted. Such a status may pass, or may be the one that the same call of somebody
// else has led to: a look has to say which.
func While(ctx context.Context, wanted func() bool) context.Context {
	return context.WithValue(ctx, whileKey{}, wanted)
}

type whileKey struct{}

func wanted(ctx context.Context) bool {
	wanted, asked := ctx.Value(whileKey{}).(func() bool)
	return !asked || wanted()
}

// regionForm is that of a region, or empty for central products.
var regionForm = regexp.MustCompile(`^[a-z0-9-]*$`)

func (c *Client) once(ctx context.Context, p Product, call Call) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, wrap(call.RAM(), ctx.Err())
	}
	request, err := c.request(p, call)
	if err != nil {
		return nil, wrap(call.RAM(), err)
	}
	try, cancel := context.WithTimeout(ctx, perTry)
	defer cancel()
	body, err := c.send(try, request)
	if err != nil && ctx.Err() == nil && try.Err() != nil {
		err = errNoAnswer
	}
	if err != nil {
		err = wrap(call.RAM(), err)
	}
	if c.config.OnCall != nil {
		c.config.OnCall(call, err)
	}
	if err != nil {
		return nil, err
	}
	return body, nil
}

// Decode reads the answer to a call. Where out is nil nobody wants it.
func Decode(call Call, body []byte, out any) error {
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%s: its answer does not have the documented form: %w", call.RAM(), err)
	}
	return nil
}
