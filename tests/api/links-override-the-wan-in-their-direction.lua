-- API.md 3: '>' overrides the wan one way, '-' both ways; a measured round trip overrides it, too, while the
-- wan's other fields stay.
local function one_way(w, from, to, service)
  local k = w:client { server = from }
  expect(k:register { service = service }, "refused")
  local sent = w:intercept { from = from, to = to, op = "CHANGE", action = "observe" }
  eventually(s(10), function() return to:knows(k) end, "known")
  return now() - sent:times()[1]
end

return scenario {
  topology = {
    sites = { a = 1, b = 1, c = 1, d = 1 }, lan = { rtt = us(300) }, wan = { rtt = ms(100), bandwidth = mbit(100) },
    rtt_from = rtt_table("azure_p50", { a = "East Asia", b = "Germany West Central", c = "Brazil South", d = "East US" }),
    links = { ["a>b"] = { rtt = ms(400) }, ["b-c"] = { delay = ms(30) } },
  },
  story = function(w)
    local a, b, c, d = w:nodes()
    wait(s(1))
    local function near(took, expected) return took >= expected and took < expected + ms(1) end
    expect(near(one_way(w, a, b, "ab"), ms(200)), "a>b")
    expect(near(one_way(w, b, c, "bc"), ms(30)) and near(one_way(w, c, b, "cb"), ms(30)), "b-c")
    local measured = one_way(w, b, a, "ba")
    expect(measured > ms(60) and measured < ms(160), "b>a was measured, wan says 50 ms: " .. measured)
    expect(one_way(w, d, c, "dc") > ms(51), "d>c was measured")
  end,
}
