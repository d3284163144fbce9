<?php
// PHP's curl extension.
const API = 'https://api.branch.io';

function ask(string $url, ?array $body = null): array {
    $handle = curl_init($url);
    curl_setopt($handle, CURLOPT_RETURNTRANSFER, true);
    if ($body !== null) {
        curl_setopt($handle, CURLOPT_POSTFIELDS, json_encode($body));
    }
    $text = curl_exec($handle);
    if ($text === false) {
        fwrite(STDERR, curl_error($handle) . "\n");
        exit(1);
    }
    return [$text, curl_getinfo($handle, CURLINFO_REDIRECT_URL)];
}

$app = ['branch_key' => getenv('BRANCH_KEY')];
$data = ['$desktop_url' => 'https://example.com/'];
[$text] = ask(API . '/v1/url', $app + ['channel' => 'email', 'data' => $data]);
$made = json_decode($text)->url;
[$view] = ask(API . '/v1/url?' . http_build_query($app + ['url' => $made]));
[, $location] = ask($made);
$asked = $app + ['branch_secret' => getenv('BRANCH_SECRET'), 'export_date' => getenv('EXPORT_DATE')];
[$text] = ask(API . '/v2/export', $asked);
$file = json_decode($text)->links_export_url[0];
[$bytes] = ask($file);
echo json_encode([
    'made' => $made,
    'channel' => json_decode($view)->channel,
    'location' => $location,
    'file' => $file,
    'columns' => trim(explode("\n", gzdecode($bytes))[0]),
]), "\n";
