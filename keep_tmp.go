//go:build keep

package keep

import (
	_ "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	_ "github.com/alibabacloud-go/fc-20230330/v4/client"
	_ "github.com/alibabacloud-go/tea-utils/v2/service"
	_ "github.com/alibabacloud-go/tea/tea"
	_ "github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	_ "github.com/aliyun/alibaba-cloud-sdk-go/services/actiontrail"
	_ "github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	_ "github.com/aliyun/alibaba-cloud-sdk-go/services/ims"
	_ "github.com/aliyun/alibaba-cloud-sdk-go/services/ram"
	_ "github.com/aliyun/alibaba-cloud-sdk-go/services/sts"
	_ "github.com/aliyun/aliyun-log-go-sdk"
	_ "github.com/aliyun/aliyun-log-go-sdk/producer"
	_ "github.com/aliyun/fc-runtime-go-sdk/fc"
	_ "github.com/cenkalti/backoff/v5"
	_ "github.com/cloudevents/sdk-go/v2"
	_ "github.com/goccy/go-yaml"
	_ "github.com/gogo/protobuf/proto"
	_ "github.com/klauspost/compress/zstd"
	_ "github.com/pierrec/lz4/v4"
	_ "github.com/santhosh-tekuri/jsonschema/v6"
	_ "go4.org/netipx"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/tools/txtar"
	_ "pgregory.net/rapid"
)
