"""Opens the messages of every case with the AWS Encryption SDK for Python, and writes its own.

Reads cases from the first file and writes answers to the second: a case is a line of fields
between tabs, an answer a name and a message in Base64, or a name, "!" and what went wrong.
"""

import base64
import sys

import aws_encryption_sdk
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl import models
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_encryption_sdk.identifiers import AlgorithmSuite, CommitmentPolicy

providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())


def decode(text):
    return base64.b64decode(text, validate=True)


def text_of(text):
    return decode(text).decode("utf-8")


def aes(namespace, name, key):
    wrapping_key = decode(key)
    return providers.create_raw_aes_keyring(
        models.CreateRawAesKeyringInput(
            key_namespace=text_of(namespace),
            key_name=text_of(name),
            wrapping_key=wrapping_key,
            wrapping_alg="ALG_AES%d_GCM_IV12_TAG16" % (8 * len(wrapping_key)),
        )
    )


def rsa(namespace, name, padding, public_key, private_key):
    return providers.create_raw_rsa_keyring(
        models.CreateRawRsaKeyringInput(
            key_namespace=text_of(namespace),
            key_name=text_of(name),
            padding_scheme=padding,
            public_key=decode(public_key),
            private_key=decode(private_key),
        )
    )


def agreed(curve, scheme):
    return providers.create_raw_ecdh_keyring(
        models.CreateRawEcdhKeyringInput(key_agreement_scheme=scheme, curve_spec=curve)
    )


def ecdh(curve, private_key, public_key):
    return agreed(
        curve,
        models.RawEcdhStaticConfigurationsRawPrivateKeyToStaticPublicKey(
            models.RawPrivateKeyToStaticPublicKeyInput(
                sender_static_private_key=decode(private_key),
                recipient_public_key=decode(public_key),
            )
        ),
    )


def ephemeral(curve, public_key):
    return agreed(
        curve,
        models.RawEcdhStaticConfigurationsEphemeralPrivateKeyToStaticPublicKey(
            models.EphemeralPrivateKeyToStaticPublicKeyInput(recipient_public_key=decode(public_key))
        ),
    )


def discovery(curve, private_key):
    return agreed(
        curve,
        models.RawEcdhStaticConfigurationsPublicKeyDiscovery(
            models.PublicKeyDiscoveryInput(recipient_static_private_key=decode(private_key))
        ),
    )


KINDS = {"aes": aes, "rsa": rsa, "ecdh": ecdh, "ephemeral": ephemeral, "discovery": discovery}


def keyring_of(text):
    keyrings = []
    for one in text.split(";"):
        kind, *fields = one.split(",")
        keyrings.append(KINDS[kind](*fields))
    if len(keyrings) == 1:
        return keyrings[0]
    return providers.create_multi_keyring(
        models.CreateMultiKeyringInput(generator=keyrings[0], child_keyrings=keyrings[1:])
    )


def manager_of(keys, required):
    manager = providers.create_default_cryptographic_materials_manager(
        models.CreateDefaultCryptographicMaterialsManagerInput(keyring=keyring_of(keys))
    )
    if not required:
        return manager
    return providers.create_required_encryption_context_cmm(
        models.CreateRequiredEncryptionContextCMMInput(
            required_encryption_context_keys=required, underlying_cmm=manager
        )
    )


def answer(suite, writes, reads, pairs, required, plaintext, message):
    algorithm = AlgorithmSuite[suite.replace("ALG_", "", 1).replace("_NO_KDF", "")]
    context = dict(map(text_of, pair.split(":")) for pair in pairs.split(",") if pair)
    names = [text_of(name) for name in required.split(",") if name]
    committing = "COMMIT" in suite
    policy = (
        CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
        if committing
        else CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
    )
    client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=policy)
    opened, header = client.decrypt(
        source=decode(message),
        materials_manager=manager_of(reads, names),
        encryption_context=context,
    )
    if opened != decode(plaintext):
        raise ValueError("the plaintext is another one")
    if header.algorithm != algorithm:
        raise ValueError("the suite is another one")
    made, _ = client.encrypt(
        source=decode(plaintext),
        materials_manager=manager_of(writes, names),
        encryption_context=context,
        algorithm=algorithm,
    )
    return made


def main(cases, answers):
    with open(cases, encoding="ascii") as lines, open(answers, "w", encoding="ascii") as out:
        for line in lines:
            name, *fields = line.rstrip("\n").split("\t")
            try:
                out.write(name + "\t" + base64.b64encode(answer(*fields)).decode("ascii") + "\n")
            except Exception as error:  # Every case is answered, whatever happens in it.
                said = base64.b64encode(repr(error)[:1000].encode("utf-8")).decode("ascii")
                out.write(name + "\t!\t" + said + "\n")


main(*sys.argv[1:])
