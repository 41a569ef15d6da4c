-- topology two sites
return scenario {
  topology = {
    sites = { shanghai = 3, frankfurt = 2 },
    wan = { rtt = ms(210) },
  },
  story = function(w)
    local f1, f2, s1, s2, s3, extra = w:nodes()
    expect(extra == nil)
    expect(f1.name == "frankfurt/n1" and s3.name == "shanghai/n3", f1.name .. s3.name)
    expect(f1.address == "10.0.0.1:8848" and f2.address == "10.0.0.2:8848" and s1.address == "10.0.1.1:8848", s1.address)
    expect(f1.site == "frankfurt" and s1.site == "shanghai")
    expect(w:node "shanghai/n1".name == "shanghai/n1")
    expect(#w:site "shanghai" == 3 and w:site("frankfurt")[1].name == "frankfurt/n1")
    expect(#w:live_nodes() == 5)
    expect(w:node "shanghai/n1" == s1, "handles compare equal")
    local t = {} t[s1] = 1 expect(t[w:node "shanghai/n1"] == 1, "as keys")
    local k = w:client { server = "frankfurt" }
    expect(k:register { service = "x" })
    expect(k:server().site == "frankfurt")
    expect(k:server() == f1 or k:server() == f2)
    expect(k.ip == "10.128.0.1" and k.port == 8080, k.ip)
    local k2 = w:client { server = s2, name = "z" }
    expect(k2:register { service = "x", metadata = { zone = "ä東" } })
    expect(k2:server() == s2)
    local i = s2:instances "x"
    expect(#i == 1 and i[1].ip == "10.128.0.2" and i[1].port == 8080 and i[1].client == "z" and i[1].weight == 1 and i[1].healthy == true and i[1].enabled == true and i[1].cluster == "DEFAULT" and i[1].metadata.zone == "ä東")
    local t0 = now()
    eventually(s(3), function() return f1:knows(k2) end)
    -- sync delay 1s..1.1 + 105ms
    log("took", now() - t0)
    
    local j = w:join("shanghai/n4", { site = "shanghai" })
    expect(j.name == "shanghai/n4" and j.address == "10.0.1.4:8848", j.address)
    local j2 = w:join("frankfurt/n3")
    expect(j2.address == "10.0.0.3:8848" and j2.site == "frankfurt", j2.address)
    local j3 = w:join("x9", { site = "frankfurt", address = "10.7.7.7:8848" })
    expect(j3.address == "10.7.7.7:8848" and j3.site == "frankfurt")
    expect(select("#", w:nodes()) == 8)
    eventually(s(30), function() return j2:state().initialised and j:state().initialised and j3:state().ready end)
    eventually(s(30), function() return w:converged() end)
    w:leave(j3)
    wait(s(30))
    log(select("#", w:nodes()))
    expect(select("#", w:nodes()) == 7)
    expect(not j3:alive())
    expect(f1:state().members["x9"] == nil)
    expect(f1:state().members["shanghai/n4"] == "UP")
    expect(#f1:state().healthy == 7)
  end,
}
