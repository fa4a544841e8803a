#!/usr/bin/env bash
# Regenerates every vector in this folder with the throw-away keys of the folder above.
# Needs: openssl, python3 (only for percent-encoding and for writing JSON), bash.
# Sibling reference 0.2: one text to sign; per pay API its path, algorithm text, encoding of the signature and form of the time.
set -euo pipefail
cd "$(dirname "$0")"
CLIENT=SANDBOX_0TESTONLY0000001

printf '%s' '{"productCode":"51051000101000000011","paymentRequestId":"PRQ-20260305-000011","paymentAmount":{"currency":"JPY","value":"1980"},"paymentExpiryTime":"2026-03-05T10:18:30+08:00","paymentNotifyUrl":"https://acq.example/hooks/wallet/notifyPayment","order":{"referenceOrderId":"SHOP42-7791","orderDescription":"Matcha set 抹茶","orderAmount":{"currency":"JPY","value":"1980"}}}' > mini_program_cashier.body.json
printf '%s' '{"productCode":"51051000000011","paymentRequestId":"PRQ-20260305-000012","paymentAmount":{"currency":"EUR","value":"1250"},"paymentExpiryTime":"2026-03-05T02:18:30Z","paymentNotifyUrl":"https://acq.example/hooks/rebell","cashierNotifyUrl":"https://acq.example/hooks/rebell/cashier","order":{"orderDescription":"Caffè"}}' > rebell_cashier.body.json
printf '%s' '{"productCode":"51051000000011","paymentRequestId":"PRQ-20260305-000013","paymentAmount":{"currency":"EUR","value":"1250"},"paymentAuthCode":"TESTONLY-0000-AGREEMENT","paymentExpiryTime":"2026-03-05T02:16:30Z","paymentNotifyUrl":"https://acq.example/hooks/rebell"}' > rebell_agreement.body.json
printf '%s' '{"productCode":"AGREEMENT_PAYMENT","paymentRequestId":"PRQ-20260305-000014","paymentAmount":{"currency":"KWD","value":"1250"},"paymentMethod":{"paymentMethodType":"GCASH","paymentMethodId":"TESTONLY-0000-TOKEN"},"order":{"referenceOrderId":"SHOP42-7794","orderDescription":"Kopi","orderAmount":{"currency":"KWD","value":"1250"}},"paymentNotifyUrl":"https://acq.example/hooks/antom"}' > antom_auto_debit.body.json

make_one() { # name path time
  local name=$1 path=$2 time=$3
  { printf 'POST %s\n%s.%s.' "$path" "$CLIENT" "$time"; cat "$name.body.json"; } > "$name.tosign.bin"
  openssl dgst -sha256 -sign ../acqp_private_pkcs8.pem -out "$name.sig.bin" "$name.tosign.bin"
  openssl base64 -A -in "$name.sig.bin" > "$name.sig.b64"
  openssl dgst -sha256 -verify ../acqp_public_spki.pem -signature "$name.sig.bin" "$name.tosign.bin"
}
make_one mini_program_cashier /wallet/v1/payments/pay          2026-03-05T10:15:30.000+08:00
make_one rebell_cashier       /v1/payments/pay                 2026-03-05T02:15:30.000Z
make_one rebell_agreement     /v1/payments/pay                 2026-03-05T02:15:30.000Z
make_one antom_auto_debit     /ams/sandbox/api/v1/payments/pay 1772676930000

python3 - "$CLIENT" <<'PY'
import json,sys,hashlib,urllib.parse as u
client=sys.argv[1]
rows=[('mini_program_cashier','RSA256','percent'),('rebell_cashier','SHA256withRSA','plain'),
      ('rebell_agreement','SHA256withRSA','plain'),('antom_auto_debit','RSA256','percent')]
out=[]
for name,algorithm,encoding in rows:
    signed=open(name+'.tosign.bin','rb').read(); body=open(name+'.body.json','rb').read()
    head=signed[:len(signed)-len(body)].decode(); first,second=head.split('\n')
    plain=open(name+'.sig.b64').read()
    value=u.quote(plain,safe='') if encoding=='percent' else plain
    out.append({"dialect":name,"path":first[len('POST '):],"clientId":client,"time":second[len(client)+1:-1],
      "bodyFile":name+'.body.json',"bodySha256":hashlib.sha256(body).hexdigest(),
      "contentToSignFile":name+'.tosign.bin',"contentToSignSha256":hashlib.sha256(signed).hexdigest(),
      "signature":f"algorithm={algorithm}, keyVersion=1, signature={value}"})
json.dump({"note":"Throw-away test material, produced by make_vectors.sh. No real identifiers, keys or tokens.","vectors":out},
          open('vectors.json','w',encoding='utf-8'),indent=1,ensure_ascii=False)
PY
