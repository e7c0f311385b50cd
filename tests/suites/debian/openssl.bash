# Known answers, and that both ways meet.
set -eu
printf abc | openssl dgst -sha256 | sed 's/.*= //'; printf abc | openssl dgst -sha3-256 | sed 's/.*= //'
printf abc | openssl dgst -sha512 | sed 's/.*= //'; printf abc | openssl dgst -md5 | sed 's/.*= //'
printf abc | openssl dgst -sha256 -hmac key | sed 's/.*= //'
printf abc | openssl dgst -blake2b512 | sed 's/.*= //'; printf abc | openssl dgst -sm3 | sed 's/.*= //'
key=000102030405060708090a0b0c0d0e0f iv=101112131415161718191a1b1c1d1e1f
for c in aes-128-cbc aes-256-ctr aes-128-ecb chacha20 camellia-128-cbc aria-128-ctr sm4-cbc; do
  k=$key; case $c in *256* | chacha20) k=$key$key ;; esac
  v="-iv $iv"; case $c in *ecb) v="" ;; esac
  echo "$c $(seq 1 20 | openssl enc -$c -K $k $v | openssl base64 -A)"
  seq 1 20 | openssl enc -$c -K $k $v | openssl enc -d -$c -K $k $v | cmp - <(seq 1 20) 2> /dev/null || echo "$c wrong"
done
openssl genpkey -algorithm ed25519 -out ed.pem; openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:1024 -out rsa.pem 2> /dev/null
openssl ecparam -name prime256v1 -genkey -noout -out ec.pem
echo message > message
openssl pkeyutl -sign -inkey ed.pem -rawin -in message -out sig; openssl pkeyutl -verify -inkey ed.pem -rawin -in message -sigfile sig
for k in rsa ec; do
  openssl dgst -sha256 -sign $k.pem -out sig message; openssl dgst -sha256 -prverify $k.pem -signature sig message
done
openssl req -x509 -key ec.pem -subj /CN=test -days 1 -out cert.pem -config /dev/null -addext basicConstraints=CA:TRUE 2> /dev/null
openssl verify -CAfile cert.pem cert.pem
openssl kdf -keylen 20 -kdfopt digest:SHA256 -kdfopt pass:password -kdfopt salt:salt -kdfopt iter:1000 PBKDF2
openssl prime -hex ffffffffffffffffffffffffffffff61; openssl speed -seconds 1 sha256 2> /dev/null | grep -c sha256
