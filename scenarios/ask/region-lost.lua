-- How long do the dead of a lost region stay in the lists of the other one?
local ask = require "ask"
return scenario {
  params   = { rtt = ms(75), servers = 3, providers = 100 },
  topology = function(p) return { sites = { here = p.servers, there = p.servers }, wan = { rtt = p.rtt } } end,
  story    = function(w, p)
    w:fleet { name = "near", clients = p.providers, services = 1, sites = { here = 1 }, over = s(2) }
    local far = w:fleet { name = "far", clients = p.providers, services = 1, sites = { there = 1 }, over = s(2) }
    wait(s(15))
    local here = w:site("here")[1]
    expect(#here:instances "far.svc-1" == p.providers, "the far providers are not known before anything happens")
    step "the far region is lost, servers and providers"
    local began = now()
    w:isolate("there")
    for _, server in ipairs(w:site "there") do w:crash(server) end
    far:kill(p.providers)
    eventually(minutes(10), function() return #here:instances "far.svc-1" == 0 end, "the dead are gone from the lists")
    local gone = now() - began
    answer(string.format("The %d dead stayed in the lists for %s: their records' lease (3 min) and its scan.", p.providers,
      ask.time(gone)))
    expect(#here:instances "near.svc-1" == p.providers, "the near region lost providers of its own")
    answer("The near region kept all providers of its own.")
  end,
}
