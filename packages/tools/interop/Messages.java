import com.amazonaws.encryptionsdk.AwsCrypto;
import com.amazonaws.encryptionsdk.CommitmentPolicy;
import com.amazonaws.encryptionsdk.CryptoAlgorithm;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import software.amazon.cryptography.materialproviders.ICryptographicMaterialsManager;
import software.amazon.cryptography.materialproviders.IKeyring;
import software.amazon.cryptography.materialproviders.MaterialProviders;
import software.amazon.cryptography.materialproviders.model.AesWrappingAlg;
import software.amazon.cryptography.materialproviders.model.CreateDefaultCryptographicMaterialsManagerInput;
import software.amazon.cryptography.materialproviders.model.CreateMultiKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateRawAesKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateRawEcdhKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateRawRsaKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateRequiredEncryptionContextCMMInput;
import software.amazon.cryptography.materialproviders.model.EphemeralPrivateKeyToStaticPublicKeyInput;
import software.amazon.cryptography.materialproviders.model.MaterialProvidersConfig;
import software.amazon.cryptography.materialproviders.model.PaddingScheme;
import software.amazon.cryptography.materialproviders.model.PublicKeyDiscoveryInput;
import software.amazon.cryptography.materialproviders.model.RawEcdhStaticConfigurations;
import software.amazon.cryptography.materialproviders.model.RawPrivateKeyToStaticPublicKeyInput;
import software.amazon.cryptography.primitives.model.ECDHCurveSpec;

/**
 * Opens the messages of every case with the AWS Encryption SDK for Java, and writes its own.
 *
 * <p>Reads cases from the first file and writes answers to the second: a case is a line of fields
 * between tabs, an answer a name and a message in Base64, or a name, "!" and what went wrong.
 */
public final class Messages {
  private static final MaterialProviders PROVIDERS =
      MaterialProviders.builder()
          .MaterialProvidersConfig(MaterialProvidersConfig.builder().build())
          .build();

  private static byte[] decode(String text) {
    return Base64.getDecoder().decode(text);
  }

  private static ByteBuffer buffer(String text) {
    return ByteBuffer.wrap(decode(text));
  }

  private static String textOf(String text) {
    return new String(decode(text), StandardCharsets.UTF_8);
  }

  private static List<String> fieldsOf(String text, String separator) {
    return text.isEmpty() ? List.of() : Arrays.asList(text.split(separator, -1));
  }

  private static IKeyring aes(String namespace, String name, String key) {
    ByteBuffer wrappingKey = buffer(key);
    String algorithm = "ALG_AES" + 8 * wrappingKey.remaining() + "_GCM_IV12_TAG16";
    return PROVIDERS.CreateRawAesKeyring(
        CreateRawAesKeyringInput.builder()
            .keyNamespace(textOf(namespace))
            .keyName(textOf(name))
            .wrappingKey(wrappingKey)
            .wrappingAlg(AesWrappingAlg.valueOf(algorithm))
            .build());
  }

  private static IKeyring rsa(List<String> fields) {
    return PROVIDERS.CreateRawRsaKeyring(
        CreateRawRsaKeyringInput.builder()
            .keyNamespace(textOf(fields.get(0)))
            .keyName(textOf(fields.get(1)))
            .paddingScheme(PaddingScheme.valueOf(fields.get(2)))
            .publicKey(buffer(fields.get(3)))
            .privateKey(buffer(fields.get(4)))
            .build());
  }

  private static IKeyring agreed(String curve, RawEcdhStaticConfigurations scheme) {
    return PROVIDERS.CreateRawEcdhKeyring(
        CreateRawEcdhKeyringInput.builder()
            .curveSpec(ECDHCurveSpec.valueOf(curve))
            .KeyAgreementScheme(scheme)
            .build());
  }

  private static IKeyring ecdh(String curve, String privateKey, String publicKey) {
    RawPrivateKeyToStaticPublicKeyInput input =
        RawPrivateKeyToStaticPublicKeyInput.builder()
            .senderStaticPrivateKey(buffer(privateKey))
            .recipientPublicKey(buffer(publicKey))
            .build();
    return agreed(
        curve, RawEcdhStaticConfigurations.builder().RawPrivateKeyToStaticPublicKey(input).build());
  }

  private static IKeyring ephemeral(String curve, String publicKey) {
    EphemeralPrivateKeyToStaticPublicKeyInput input =
        EphemeralPrivateKeyToStaticPublicKeyInput.builder()
            .recipientPublicKey(buffer(publicKey))
            .build();
    return agreed(
        curve,
        RawEcdhStaticConfigurations.builder().EphemeralPrivateKeyToStaticPublicKey(input).build());
  }

  private static IKeyring discovery(String curve, String privateKey) {
    PublicKeyDiscoveryInput input =
        PublicKeyDiscoveryInput.builder().recipientStaticPrivateKey(buffer(privateKey)).build();
    return agreed(curve, RawEcdhStaticConfigurations.builder().PublicKeyDiscovery(input).build());
  }

  private static IKeyring oneKeyring(String text) {
    List<String> all = fieldsOf(text, ",");
    List<String> fields = all.subList(1, all.size());
    switch (all.get(0)) {
      case "aes":
        return aes(fields.get(0), fields.get(1), fields.get(2));
      case "rsa":
        return rsa(fields);
      case "ecdh":
        return ecdh(fields.get(0), fields.get(1), fields.get(2));
      case "ephemeral":
        return ephemeral(fields.get(0), fields.get(1));
      case "discovery":
        return discovery(fields.get(0), fields.get(1));
      default:
        throw new IllegalArgumentException(all.get(0));
    }
  }

  private static IKeyring keyringOf(String text) {
    List<IKeyring> keyrings =
        fieldsOf(text, ";").stream().map(Messages::oneKeyring).collect(Collectors.toList());
    if (keyrings.size() == 1) {
      return keyrings.get(0);
    }
    return PROVIDERS.CreateMultiKeyring(
        CreateMultiKeyringInput.builder()
            .generator(keyrings.get(0))
            .childKeyrings(keyrings.subList(1, keyrings.size()))
            .build());
  }

  private static ICryptographicMaterialsManager managerOf(String keys, List<String> required) {
    ICryptographicMaterialsManager manager =
        PROVIDERS.CreateDefaultCryptographicMaterialsManager(
            CreateDefaultCryptographicMaterialsManagerInput.builder()
                .keyring(keyringOf(keys))
                .build());
    if (required.isEmpty()) {
      return manager;
    }
    return PROVIDERS.CreateRequiredEncryptionContextCMM(
        CreateRequiredEncryptionContextCMMInput.builder()
            .requiredEncryptionContextKeys(required)
            .underlyingCMM(manager)
            .build());
  }

  private static byte[] answer(List<String> fields) {
    CryptoAlgorithm algorithm = CryptoAlgorithm.valueOf(fields.get(0));
    Map<String, String> context = new HashMap<>();
    for (String pair : fieldsOf(fields.get(3), ",")) {
      List<String> parts = fieldsOf(pair, ":");
      context.put(textOf(parts.get(0)), textOf(parts.get(1)));
    }
    List<String> required =
        fieldsOf(fields.get(4), ",").stream().map(Messages::textOf).collect(Collectors.toList());
    AwsCrypto crypto =
        AwsCrypto.builder()
            .withEncryptionAlgorithm(algorithm)
            .withCommitmentPolicy(
                fields.get(0).contains("COMMIT")
                    ? CommitmentPolicy.RequireEncryptRequireDecrypt
                    : CommitmentPolicy.ForbidEncryptAllowDecrypt)
            .build();
    byte[] plaintext = decode(fields.get(5));
    byte[] opened =
        crypto
            .decryptData(managerOf(fields.get(2), required), decode(fields.get(6)), context)
            .getResult();
    if (!Arrays.equals(opened, plaintext)) {
      throw new IllegalStateException("the plaintext is another one");
    }
    return crypto
        .encryptData(managerOf(fields.get(1), required), plaintext, context)
        .getResult();
  }

  public static void main(String[] arguments) throws Exception {
    List<String> answers = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      List<String> fields = fieldsOf(line, "\t");
      String name = fields.get(0);
      try {
        byte[] message = answer(fields.subList(1, fields.size()));
        answers.add(name + "\t" + Base64.getEncoder().encodeToString(message));
      } catch (RuntimeException error) {
        byte[] said = error.toString().getBytes(StandardCharsets.UTF_8);
        answers.add(name + "\t!\t" + Base64.getEncoder().encodeToString(said));
      }
    }
    Files.write(Path.of(arguments[1]), answers);
  }
}
