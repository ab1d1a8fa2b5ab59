package airbyte

// Storage is where Airbyte keeps what it writes.
type Storage struct {
	Type       string        `json:"type" doc:"Kind of storage. minio is a Pod of the chart, unless minio.endpoint is set." enum:"minio,s3,gcs,azure" required:"true"`
	SecretName string        `json:"secretName,omitempty" doc:"Secret that holds the keys. Default: that of configSecret."`
	Bucket     string        `json:"bucket,omitempty" doc:"Name of the bucket, or container, of everything that buckets does not name."`
	Buckets    *Buckets      `json:"buckets,omitempty" doc:"Buckets by what is kept in them."`
	S3         *S3           `json:"s3,omitempty" doc:"Amazon S3."`
	GCS        *GCS          `json:"gcs,omitempty" doc:"Google Cloud Storage."`
	Azure      *AzureBlob    `json:"azure,omitempty" doc:"Azure Blob Storage."`
	MinIO      *MinIOStorage `json:"minio,omitempty" doc:"MinIO, or another storage that speaks its protocol."`
}

// Buckets names a bucket for each kind of content.
type Buckets struct {
	Log             string `json:"log,omitempty" doc:"Logs of jobs."`
	State           string `json:"state,omitempty" doc:"State of syncs."`
	WorkloadOutput  string `json:"workloadOutput,omitempty" doc:"Output of jobs."`
	ActivityPayload string `json:"activityPayload,omitempty" doc:"Large payloads of workflows."`
	AuditLogging    string `json:"auditLogging,omitempty" doc:"Audit log."`
}

// S3 is how Amazon S3 is reached.
type S3 struct {
	Region                   string `json:"region" doc:"AWS region of the buckets." required:"true" example:"eu-central-1"`
	Authentication           string `json:"authentication,omitempty" doc:"credentials are keys from the Secret, instanceProfile is the identity of the Pod: workloadIdentity, or the role of the node." enum:"credentials,instanceProfile" default:"credentials"`
	AccessKeyIDSecretKey     string `json:"accessKeyIdSecretKey,omitempty" doc:"Key that holds the access key id. Default with credentials: s3-access-key-id."`
	SecretAccessKeySecretKey string `json:"secretAccessKeySecretKey,omitempty" doc:"Key that holds the secret access key. Default with credentials: s3-secret-access-key."`
}

// GCS is how Google Cloud Storage is reached.
type GCS struct {
	CredentialsSecretKey string `json:"credentialsSecretKey,omitempty" doc:"Key that holds the JSON key of a service account. Airbyte takes no other credentials. Chart V1 wants it to be gcp.json." default:"gcp.json"`
}

// AzureBlob is how Azure Blob Storage is reached.
type AzureBlob struct {
	ConnectionStringSecretKey string `json:"connectionStringSecretKey,omitempty" doc:"Key that holds the connection string. Airbyte takes no other credentials." default:"azure-blob-store-connection-string"`
}

// MinIOStorage is how a MinIO outside the chart is reached.
type MinIOStorage struct {
	Endpoint                 string `json:"endpoint,omitempty" doc:"URL of a MinIO of yours; the chart then runs none." example:"https://minio.example.com:9000"`
	AccessKeyIDSecretKey     string `json:"accessKeyIdSecretKey,omitempty" doc:"Key that holds the access key id. Default with endpoint: minio-access-key-id."`
	SecretAccessKeySecretKey string `json:"secretAccessKeySecretKey,omitempty" doc:"Key that holds the secret access key. Default with endpoint: minio-secret-access-key."`
}

// SecretsManager is where credentials of connectors are kept.
type SecretsManager struct {
	Type       string              `json:"type" doc:"Kind of secrets manager." enum:"aws,gcp,azure,vault" required:"true"`
	SecretName string              `json:"secretName,omitempty" doc:"Secret that holds the keys. Default: that of configSecret."`
	AWS        *AWSSecretsManager  `json:"aws,omitempty" doc:"AWS Secrets Manager."`
	GCP        *GCPSecretManager   `json:"gcp,omitempty" doc:"Google Secret Manager."`
	Azure      *AzureKeyVault      `json:"azure,omitempty" doc:"Azure Key Vault."`
	Vault      *HashicorpVaultKeys `json:"vault,omitempty" doc:"HashiCorp Vault."`
}

// AWSSecretsManager is AWS Secrets Manager.
type AWSSecretsManager struct {
	Region                   string            `json:"region" doc:"AWS region." required:"true" example:"eu-central-1"`
	Authentication           string            `json:"authentication,omitempty" doc:"credentials are keys from the Secret, instanceProfile is the identity of the Pod: workloadIdentity, or the role of the node." enum:"credentials,instanceProfile" default:"credentials"`
	AccessKeyIDSecretKey     string            `json:"accessKeyIdSecretKey,omitempty" doc:"Key that holds the access key id. Default with credentials: aws-secret-manager-access-key-id."`
	SecretAccessKeySecretKey string            `json:"secretAccessKeySecretKey,omitempty" doc:"Key that holds the secret access key. Default with credentials: aws-secret-manager-secret-access-key."`
	KMSKeyARN                string            `json:"kmsKeyArn,omitempty" doc:"ARN of the KMS key that encrypts the secrets. Default: the account's own." example:"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"`
	Tags                     map[string]string `json:"tags,omitempty" doc:"Tags of the secrets that Airbyte makes."`
}

// GCPSecretManager is Google Secret Manager.
type GCPSecretManager struct {
	ProjectID            string `json:"projectId" doc:"Google Cloud project." required:"true"`
	Region               string `json:"region,omitempty" doc:"Region to keep secrets in; without it they are replicated automatically (chart V2, and V1 from 1.8 on)."`
	CredentialsSecretKey string `json:"credentialsSecretKey,omitempty" doc:"Key that holds the JSON key of a service account. Airbyte takes no other credentials." default:"gcp.json"`
}

// AzureKeyVault is Azure Key Vault.
type AzureKeyVault struct {
	VaultURL              string            `json:"vaultUrl" doc:"URL of the vault." required:"true" example:"https://example.vault.azure.net/"`
	TenantID              string            `json:"tenantId" doc:"Tenant of the client." required:"true"`
	ClientIDSecretKey     string            `json:"clientIdSecretKey,omitempty" doc:"Key that holds the client id." default:"azure-key-vault-client-id"`
	ClientSecretSecretKey string            `json:"clientSecretSecretKey,omitempty" doc:"Key that holds the client secret. Airbyte takes no other credentials." default:"azure-key-vault-client-secret"`
	Tags                  map[string]string `json:"tags,omitempty" doc:"Tags of the secrets that Airbyte makes."`
}

// HashicorpVaultKeys is HashiCorp Vault.
type HashicorpVaultKeys struct {
	Address            string `json:"address" doc:"URL of Vault." required:"true" example:"https://vault.example.com:8200"`
	Prefix             string `json:"prefix,omitempty" doc:"Path that secrets are written below."`
	AuthTokenSecretKey string `json:"authTokenSecretKey,omitempty" doc:"Key that holds the token." default:"vault-auth-token"`
}
