// Calls that are read from standard input, one in a line, made by the AWS SDK for Go.
//
// A call is JSON: service, operation, input (blobs in Base64), and credentials where they are
// others. What is answered is a line of JSON: the reply, or the name of the refusal.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/schemas"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/transport/http/protocol/rpcv2"
)

type credentials struct{ AccessKeyId, SecretAccessKey, SessionToken string }

type call struct {
	Service     string          `json:"service"`
	Operation   string          `json:"operation"`
	Input       json.RawMessage `json:"input"`
	Credentials *credentials    `json:"credentials"`
}

type answer struct {
	Reply   any    `json:"reply,omitempty"`
	Refused string `json:"refused,omitempty"`
	Failed  string `json:"failed,omitempty"`
}

var protocol, endpoint, region = os.Args[1], os.Args[2], os.Args[3]

func environment() *credentials {
	return &credentials{os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), ""}
}

// The newest TLS, or 1.2 where that is asked for.
func httpClient() (*http.Client, error) {
	pem, err := os.ReadFile(os.Getenv("AWS_CA_BUNDLE"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	config := &tls.Config{RootCAs: roots}
	if os.Getenv("TLS_MAX") == "1.2" {
		config.MaxVersion = tls.VersionTLS12
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config}}, nil
}

func clientOf(one call, client *http.Client) reflect.Value {
	who := one.Credentials
	if who == nil {
		who = environment()
	}
	provider := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{
			AccessKeyID:     who.AccessKeyId,
			SecretAccessKey: who.SecretAccessKey,
			SessionToken:    who.SessionToken,
		}, nil
	})
	config := aws.Config{
		Region:           region,
		BaseEndpoint:     &endpoint,
		HTTPClient:       client,
		Credentials:      provider,
		RetryMaxAttempts: 1,
	}
	if one.Service == "sts" {
		return reflect.ValueOf(sts.NewFromConfig(config))
	}
	return reflect.ValueOf(kms.NewFromConfig(config, func(options *kms.Options) {
		if protocol == "cbor" {
			options.Protocol = rpcv2.NewCBOR(schemas.TrentService)
		}
	}))
}

// Every operation is a method that takes a context and its input.
func isOperation(method reflect.Type) bool {
	return method.NumIn() == 3 && method.NumOut() == 2 && method.IsVariadic()
}

func perform(one call, client *http.Client) answer {
	service := clientOf(one, client)
	if one.Operation == "?" {
		names := []string{}
		for i := 0; i < service.NumMethod(); i++ {
			if isOperation(service.Method(i).Type()) {
				names = append(names, service.Type().Method(i).Name)
			}
		}
		return answer{Reply: map[string]any{"operations": names}}
	}
	method := service.MethodByName(one.Operation)
	input := reflect.New(method.Type().In(1).Elem())
	if err := json.Unmarshal(one.Input, input.Interface()); err != nil {
		return answer{Failed: err.Error()}
	}
	results := method.Call([]reflect.Value{reflect.ValueOf(context.Background()), input})
	if err, isError := results[1].Interface().(error); isError && err != nil {
		var refusal smithy.APIError
		if errors.As(err, &refusal) {
			return answer{Refused: refusal.ErrorCode()}
		}
		return answer{Failed: err.Error()}
	}
	return answer{Reply: results[0].Interface()}
}

func main() {
	client, err := httpClient()
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one call
		said := answer{}
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			said.Failed = err.Error()
		} else {
			said = perform(one, client)
		}
		text, err := json.Marshal(said)
		if err != nil {
			text, _ = json.Marshal(answer{Failed: err.Error()})
		}
		fmt.Println(string(text))
	}
}
