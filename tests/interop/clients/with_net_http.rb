# Ruby's Net::HTTP.
require 'json'
require 'net/http'
require 'stringio'
require 'zlib'

API = 'https://api.branch.io'
KEY, SECRET, DAY = ENV.values_at('BRANCH_KEY', 'BRANCH_SECRET', 'EXPORT_DATE')

def post(path, body)
  JSON.parse(Net::HTTP.post(URI(API + path), JSON.generate(body)).body)
end

data = { '$desktop_url' => 'https://example.com/' }
made = post('/v1/url', branch_key: KEY, channel: 'email', data: data)['url']
query = URI.encode_www_form(url: made, branch_key: KEY)
view = JSON.parse(Net::HTTP.get(URI("#{API}/v1/url?#{query}")))
location = Net::HTTP.get_response(URI(made))['Location']
export = post('/v2/export', branch_key: KEY, branch_secret: SECRET, export_date: DAY)
file = export['links_export_url'][0]
bytes = Net::HTTP.get(URI(file))
columns = Zlib::GzipReader.new(StringIO.new(bytes)).readline.strip
puts JSON.generate(made: made, channel: view['channel'], location: location, file: file,
                   columns: columns)
